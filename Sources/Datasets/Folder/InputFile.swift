import Features
import Glibc
import Logs
import Support
import SystemPackage

/// A log as it was when it was encoded, so that a later change is noticed.
package struct InputFile: Codable, Sendable, Hashable {
  /// Its absolute path, or the name of a log in memory.
  package var path: String
  /// The part its rows went to: train for those that the split divides.
  package var part: DataSplit.Part
  /// Its length in bytes, as it is stored.
  package var size: Int
  /// When it was last changed, in nanoseconds since 1970; 0 for a log in memory.
  package var modified: Int64
  /// The XXH64 of its bytes, in hexadecimal.
  package var hash: String?

  /// A log as it is now, without its hash.
  /// - Throws: ``UserError`` where it is not there.
  init(_ source: LogSource, part: DataSplit.Part) throws {
    self.part = part
    if let bytes = source.bytes {
      (path, size, modified) = (source.name, bytes.count, 0)
      hash = hexadecimal(bytes.withUnsafeBytes { XXH64.hash($0) })
      return
    }
    if source.isStream {
      // It is read to its end, and kept for the passes.
      (path, modified) = (source.name, 0)
      (size, hash) = try Self.readThrough(source)
      return
    }
    path = absolutePath(source.name)
    var status = stat()
    guard stat(path, &status) == 0 else {
      throw UserError.unreadable(source.name, Errno(rawValue: errno))
    }
    size = Int(status.st_size)
    modified = Self.nanoseconds(status.st_mtim)
  }

  private static func nanoseconds(_ time: timespec) -> Int64 {
    Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }

  /// When the system last saw a file change, which nobody can set back as they can ``modified``; the far
  /// future for one that is not there.
  static func lastChange(of path: String) -> Int64 {
    var status = stat()
    return stat(path, &status) == 0 ? nanoseconds(status.st_ctim) : .max
  }

  /// Length and hash of a source's bytes.
  private static func readThrough(_ source: LogSource) throws -> (size: Int, hash: String) {
    var hasher = XXH64()
    let size = try source.readStored { hasher.add($0) }
    return (size, hexadecimal(hasher.value))
  }

  /// The hash of a file's bytes.
  /// - Throws: ``UserError`` where it cannot be read.
  static func hash(of path: String) throws -> String {
    // Read and not mapped, since pages of a mapped log would count as memory of this process.
    try readThrough(.file(path)).hash
  }

  /// What has changed since; nil if nothing has. A file that was only touched has not.
  ///
  /// - Parameters:
  ///   - now: the same file as it is now.
  ///   - encoded: when its rows had been encoded; a file that the system saw change since is read, whatever
  ///     time it bears.
  func change(to now: InputFile, since encoded: Int64) throws -> String? {
    if part != now.part {
      return "\(path) was a log of \(part.rawValue) rows, now of \(now.part.rawValue)"
    }
    if size != now.size { return "\(path) had \(size) bytes, now \(now.size)" }
    if modified == now.modified && now.modified != 0 && Self.lastChange(of: path) < encoded {
      return nil
    }
    let hash = try now.hash ?? Self.hash(of: path)
    return hash == self.hash ? nil : "\(path) has other contents"
  }
}

/// A path from the root on.
func absolutePath(_ path: String) -> String {
  if let real = realpath(path, nil) {
    defer { free(real) }
    return String(cString: real)
  }
  guard !path.hasPrefix("/"), let folder = getcwd(nil, 0) else { return path }
  defer { free(folder) }
  return String(cString: folder) + "/" + path
}
