/// Where rows come from: a file, plain or gzip, or text in memory. Read once for each pass.
public struct LogSource: Sendable, Hashable {
  /// What errors call it: the file's path, or a given name.
  public let name: String
  /// The bytes of a log in memory, nil for a file.
  let bytes: [UInt8]?

  /// A file, plain or gzip (told apart by its first bytes).
  /// - Parameter path: absolute, or relative to the working directory.
  public static func file(_ path: String) -> LogSource { LogSource(name: path, bytes: nil) }

  /// A log in memory, in the same formats as a file.
  public static func text(_ text: String, name: String = "log.csv") -> LogSource {
    LogSource(name: name, bytes: Array(text.utf8))
  }

  /// The bytes of a log in memory, in the same formats as a file, gzip included.
  public static func bytes(_ bytes: [UInt8], name: String = "log.csv") -> LogSource {
    LogSource(name: name, bytes: bytes)
  }
}
