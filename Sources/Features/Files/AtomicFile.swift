import Glibc

/// Writes files that are either whole or not there: into a temporary file of the same folder, which
/// takes the name once everything has reached the disk.
public struct AtomicFile {
  /// How the names of files end that are not whole yet.
  static let temporarySuffix = ".tmp"

  private let path: String
  private let temporary: String
  private let descriptor: Int32

  /// Begins a file, which has its name only after ``commit(synchronized:)``.
  /// - Throws: ``InputError`` with the system's reason.
  init(path: String) throws {
    self.path = path
    let (folder, name) = Self.split(path)
    temporary = "\(folder)/.\(name).\(getpid())\(Self.temporarySuffix)"
    descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw Self.failure(path) }
  }

  /// Ends the file and gives it its name.
  /// - Throws: ``InputError`` with the system's reason; nothing is left then.
  func commit(synchronized: Bool = true) throws {
    let reached = !synchronized || fsync(descriptor) == 0
    let reason = reached ? nil : Self.failure(path)
    close(descriptor)
    guard reached && rename(temporary, path) == 0 else {
      let reason = reason ?? Self.failure(path)
      unlink(temporary)
      throw reason
    }
    if synchronized { Self.synchronize(Self.split(path).folder) }
  }

  /// Ends the file and leaves nothing of it.
  func discard() {
    close(descriptor)
    unlink(temporary)
  }

  /// Writes a file.
  ///
  /// - Parameters:
  ///   - path: where; what was there before is replaced.
  ///   - synchronized: whether to wait until the disk has it, so that it outlasts a power cut.
  ///   - body: writes the contents.
  /// - Throws: ``InputError`` with the system's reason, or what `body` throws; nothing is left then.
  public static func write(
    to path: String, synchronized: Bool = true, _ body: (AtomicFile) throws -> Void
  ) throws {
    let file = try AtomicFile(path: path)
    do {
      try body(file)
    } catch {
      file.discard()
      throw error
    }
    try file.commit(synchronized: synchronized)
  }

  /// Waits until the disk has a file, or the names in a folder; where that cannot be, so be it.
  static func synchronize(_ path: String) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    fsync(descriptor)
    close(descriptor)
  }

  /// Writes a text file.
  /// - Throws: ``InputError`` with the system's reason; nothing is left then.
  public static func write(_ text: String, to path: String) throws {
    try write(to: path) { file in
      try file.append(text)
    }
  }

  /// Appends bytes.
  /// - Throws: ``InputError`` with the system's reason.
  public func append(_ bytes: UnsafeRawBufferPointer) throws {
    var left = bytes
    while !left.isEmpty {
      let count = Glibc.write(descriptor, left.baseAddress, left.count)
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { throw Self.failure(path) }
      left = UnsafeRawBufferPointer(rebasing: left[count...])
    }
  }

  /// Appends text.
  /// - Throws: ``InputError`` with the system's reason.
  func append(_ text: String) throws {
    var text = text
    try text.withUTF8 { try append(UnsafeRawBufferPointer($0)) }
  }

  private static func split(_ path: String) -> (folder: String, name: String) {
    guard let slash = path.lastIndex(of: "/") else { return (".", path) }
    let folder = String(path[..<slash])
    return (folder.isEmpty ? "/" : folder, String(path[path.index(after: slash)...]))
  }

  private static func failure(_ path: String) -> InputError {
    InputError(
      path, found: String(cString: strerror(errno)).lowercased(),
      expected: "a file that can be written",
      remedy: "check the folder, its permissions and the disk's space")
  }
}
