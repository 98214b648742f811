import Glibc
import SystemPackage

/// What stands at the path of a result, and so how the result gets there. The one rule for every file
/// that the program writes:
///
/// | there | becomes |
/// |---|---|
/// | nothing | a new file, whole or not there |
/// | a regular file | replaced as a whole; its permissions stay |
/// | a symbolic link | what it points to, by these rules; the link stays |
/// | a FIFO, a terminal, /dev/null and other character devices | written into as it goes, never replaced |
/// | a folder, a socket, a disk | refused |
enum Place {
  /// A file that is made, or takes the place of one with these permissions.
  case file(FilePath, permissions: FilePermissions)
  /// Something that takes bytes as they come.
  case stream(FilePath)

  /// - Throws: ``UserError`` where a result cannot go.
  init(_ path: String) throws {
    let target = try Self.followingLinks(path)
    var status = stat()
    guard stat(target.string, &status) == 0 else {
      guard errno == ENOENT else { throw UserError.unwritable(path, Errno(rawValue: errno)) }
      let mask = umask(0)
      umask(mask)
      self = .file(target, permissions: FilePermissions(rawValue: 0o666 & ~mask))
      return
    }
    switch status.st_mode & S_IFMT {
    // A file that is only known by an open descriptor, as /dev/stdout is, has no name to be given.
    case S_IFREG where target.string.hasPrefix("/proc/") || target.string.hasPrefix("/dev/"):
      self = .stream(target)
    case S_IFREG:
      self = .file(target, permissions: FilePermissions(rawValue: status.st_mode & 0o7777))
    case S_IFIFO, S_IFCHR: self = .stream(target)
    case let kind:
      throw UserError(
        path, found: kind == S_IFDIR ? "a folder" : kind == S_IFBLK ? "a disk" : "a socket",
        expected: "a name for a file", remedy: "choose another name")
    }
  }

  /// The path at the end of a chain of symbolic links; its last part may not be there yet.
  static func followingLinks(_ path: String) throws -> FilePath {
    var path = FilePath(path)
    for _ in 0..<40 {
      let buffer = [UInt8](unsafeUninitializedCapacity: Int(PATH_MAX)) { buffer, count in
        let bytes = UnsafeMutableRawPointer(buffer.baseAddress!).assumingMemoryBound(to: CChar.self)
        count = max(readlink(path.string, bytes, buffer.count), 0)
      }
      // Links below /proc (/dev/stdout, /dev/fd/63) name what has no path: they are opened themselves.
      guard !buffer.isEmpty, !path.string.hasPrefix("/proc/"), !path.string.hasPrefix("/dev/fd/")
      else {
        return path
      }
      let target = FilePath(String(decoding: buffer, as: UTF8.self))
      path = target.isAbsolute ? target : path.removingLastComponent().pushing(target)
    }
    throw UserError.unwritable(path.string, .tooManySymbolicLinkLevels)
  }
}

/// Refuses a place for results that cannot be written, before the work for them is done.
///
/// - Parameter path: a file or folder that is to be made, perhaps in folders that are to be made.
/// - Throws: ``UserError`` with what stands in the way.
package func checkWritable(_ path: String) throws {
  let folder = existingFolder(around: path)
  var status = stat()
  let isThere = stat(folder, &status) == 0
  if isThere, status.st_mode & S_IFMT != S_IFDIR { errno = ENOTDIR }
  guard isThere, status.st_mode & S_IFMT == S_IFDIR, access(folder, W_OK | X_OK) == 0 else {
    throw UserError(
      folder, Errno(rawValue: errno), expected: "a folder in which \(path) can be made",
      remedy: "choose another place, or check the folder's permissions")
  }
}

/// ``checkWritable(_:)`` of a file: also that what is there may be replaced or written into.
package func checkWritableFile(_ path: String) throws {
  if case .file = try Place(path) { try checkWritable(path) }
}

/// The innermost folder around a place that is there already.
package func existingFolder(around path: String) -> String {
  var folder = FilePath(path).removingLastComponent()
  if folder.isEmpty { folder = "." }
  while access(folder.string, F_OK) != 0, errno == ENOENT {
    let above = folder.removingLastComponent()
    folder = above.isEmpty ? "." : above
  }
  return folder.string
}
