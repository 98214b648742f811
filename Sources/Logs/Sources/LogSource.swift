import Glibc
import Support

/// Where rows come from: a file, standard input or a named pipe, plain or packed, or text in memory.
/// Read once for each pass.
public struct LogSource: Sendable, Hashable {
  /// What errors call it: the file's path, or a given name.
  public let name: String
  package let kind: Kind
  /// What the folders on the way to a file say of its rows, see ``named(_:)``.
  package var partition: [PartitionValue] = []

  package enum Kind: Sendable, Hashable {
    case file
    /// Standard input, or what stands at the path and is no file.
    /// - Parameter isKept: whether it can be read more than once.
    case standardInput(isKept: Bool)
    case stream(isKept: Bool)
    case memory([UInt8])
    case columns(MemoryColumns)
  }

  /// A file, plain or packed (told apart by its first bytes); or a named pipe, which like standard
  /// input is kept for further passes.
  /// - Parameter path: absolute, or relative to the working directory.
  public static func file(_ path: String) -> LogSource {
    LogSource(name: path, kind: PassedStream.isAt(path) ? .stream(isKept: true) : .file)
  }

  /// Standard input; what comes through a pipe is kept in a temporary file for further passes.
  public static let standardInput = LogSource(
    name: "standard input", kind: .standardInput(isKept: true))

  /// A log in memory, in the same formats as a file.
  public static func text(_ text: String, name: String = "log.csv") -> LogSource {
    .bytes(Array(text.utf8), name: name)
  }

  /// The bytes of a log in memory, in the same formats as a file, packed ones included.
  public static func bytes(_ bytes: [UInt8], name: String = "log.csv") -> LogSource {
    LogSource(name: name, kind: .memory(bytes))
  }

  /// The bytes of a log in memory, nil for another one.
  package var bytes: [UInt8]? { if case .memory(let bytes) = kind { bytes } else { nil } }

  /// How a command is told of it: its path, or `-`.
  package var argument: String { if case .standardInput = kind { "-" } else { name } }

  /// Whether it comes through standard input or a pipe: it can be read only as it comes, or kept.
  package var isStream: Bool {
    switch kind {
    case .standardInput, .stream: true
    case .file, .memory, .columns: false
    }
  }

  /// The same source for a single pass: what comes through a pipe is not kept for further ones.
  package var readOnce: LogSource {
    switch kind {
    case .standardInput: LogSource(name: name, kind: .standardInput(isKept: false))
    case .stream: LogSource(name: name, kind: .stream(isKept: false))
    case .file, .memory, .columns: self
    }
  }

  /// The number of stored bytes, nil where it cannot be known before reading.
  package var size: Int? {
    switch kind {
    case .memory(let bytes): return bytes.count
    case .file:
      var status = stat()
      guard stat(name, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
      return Int(status.st_size)
    case .standardInput, .stream, .columns: return nil
    }
  }

  /// The logs that arguments name: files, patterns as in `logs/day-*.csv.gz`, which stand for the
  /// files they fit in the order of their names, folders of Parquet files, and `-` for standard input. Folders as
  /// in `day=2026-11-29/` are columns of the Parquet files in them.
  /// - Throws: ``UserError`` for a pattern that fits nothing, and for a folder with other files.
  package static func named(_ arguments: [String]) throws -> [LogSource] {
    try arguments.flatMap { argument in
      if argument == "-" { return [standardInput] }
      let isPattern = argument.contains { "*?[".contains($0) } && access(argument, F_OK) != 0
      return try (isPattern ? matching(argument) : [file(argument)]).flatMap { try $0.files() }
    }
  }

  private static func matching(_ pattern: String) throws -> [LogSource] {
    var found = glob_t()
    defer { globfree(&found) }
    guard glob(pattern, 0, nil, &found) == 0 else {
      throw UserError(
        pattern, found: "no file that fits the pattern", expected: "at least one",
        remedy: "check the pattern")
    }
    return (0..<Int(found.gl_pathc)).map { file(String(cString: found.gl_pathv[$0]!)) }
  }
}
