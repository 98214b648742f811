import Support
import Synchronization

/// How a log is written: the name of a ``RecordFormat``.
public struct LogFormat: RawRepresentable, Codable, Sendable, Hashable, CaseIterable {
  /// The word for it in a schema.
  public let rawValue: String

  /// A format that is known, nil for another word.
  public init?(rawValue: String) {
    guard Self.known.withLock({ $0.contains { $0.name == rawValue } }) else { return nil }
    self.rawValue = rawValue
  }

  private init(_ format: any RecordFormat) { rawValue = format.name }

  /// Comma-separated with a header, quotes as in RFC 4180.
  public static let csv = LogFormat(Delimited.csv)
  /// Tab-separated with a header, quotes as in RFC 4180.
  public static let tsv = LogFormat(Delimited.tsv)
  /// Criteo's: tab-separated without header or quotes; label, I1–I13, C1–C26.
  public static let criteo = LogFormat(Criteo())
  /// `label id:value id:value …`
  public static let libsvm = LogFormat(Pairs.libsvm)
  /// `label field:id:value field:id:value …`
  public static let libffm = LogFormat(Pairs.libffm)
  /// One JSON object a line.
  public static let jsonl = LogFormat(JSONLines())
  /// Parquet: a file with its own schema.
  public static let parquet = LogFormat(ParquetFormat())
  /// Arrow: columns in memory, of another program.
  public static let arrow = LogFormat(ArrowFormat())

  private static let builtIn: [any RecordFormat] = [
    Delimited.csv, Delimited.tsv, Criteo(), Pairs.libsvm, Pairs.libffm, JSONLines(),
    ParquetFormat(), ArrowFormat(),
  ]

  private static let known = Mutex(builtIn)

  /// The formats there are.
  public static var allCases: [LogFormat] {
    known.withLock { $0.map { LogFormat($0) } }
  }

  /// Makes a format known: schemas may name it from then on, and logs are recognised as written so. One
  /// of the same name takes the place of an earlier one.
  public static func register(_ format: some RecordFormat) {
    known.withLock { known in
      known.removeAll { $0.name == format.name }
      known.append(format)
    }
  }

  /// The format itself.
  package var format: any RecordFormat {
    Self.known.withLock { $0.first { $0.name == rawValue }! }
  }

  /// How columns get their names.
  package var naming: ColumnNaming { format.naming }

  /// Whether a line is a label and pairs of ids and values.
  package var hasPairs: Bool { naming == .ids || naming == .fieldNumbers }

  /// Whether the columns are named by the log itself: by a header, by keys or by its schema.
  package var hasColumns: Bool { naming == .header || naming == .keys || naming == .schema }

  /// The columns' names where they always are the same.
  package var fixedColumns: [String]? {
    if case .fixed(let names) = naming { names } else { nil }
  }
}

extension LogFormat {
  /// The endings of packed files.
  private static let packings = [".gz", ".zst", ".bz2", ".xz", ".zip"]

  /// The format of a log whose columns have names.
  ///
  /// - Throws: ``UserError`` for a log of another format, or one that cannot be read or is empty.
  package static func withColumns(detectedIn source: LogSource) throws -> LogFormat {
    let format = try detected(in: source)
    guard format.hasColumns else {
      throw UserError(
        source.name, found: "format \(format.rawValue)", expected: "a log with named columns",
        remedy: "write it as CSV, TSV or JSON lines")
    }
    return format
  }

  /// The format that a log's name or else its first line speaks for.
  ///
  /// - Throws: ``UserError`` for a log that cannot be read or is empty.
  package static func detected(in source: LogSource) throws -> LogFormat {
    if source.columns != nil { return .arrow }
    if try source.isParquet() { return .parquet }
    var name = source.name.lowercased()
    if let packing = Self.packings.first(where: name.hasSuffix) { name.removeLast(packing.count) }
    let ending = name.split(separator: ".").last.map(String.init) ?? ""
    // A file without Parquet's bytes is none, whatever its name, and columns in memory are known by themselves.
    let all = known.withLock { $0.filter { $0.naming != .schema } }
    let byName = all.filter { $0.endings.contains(ending) }
    if byName.count == 1 { return LogFormat(byName[0]) }
    // The most particular ones first; CSV may begin with anything.
    let candidates = byName.isEmpty ? all.reversed() : Array(byName.reversed())
    var table = try Table(source, Lines())
    guard try table.next() else { throw UserError.empty(source.name) }
    let line = table.text(0)
    if line.hasPrefix("#") {
      // svmlight's files may begin with comments, which no other format has.
      while try table.nextSound() {
        let data = table.text(0)
        if data.hasPrefix("#") { continue }
        let pairs = candidates.first { LogFormat($0).hasPairs && $0.recognizes(data) }
        if let pairs { return LogFormat(pairs) }
        break
      }
    }
    let found = candidates.first { $0.recognizes(line) } ?? candidates.last!
    return LogFormat(found)
  }
}

/// A line as its only cell.
private struct Lines: RecordGrammar {
  var bounds: RecordBounds { .visibleLines }

  func scan(_ reader: inout RecordReader) {
    let newline = reader.bytes.firstIndex(
      of: UInt8(ascii: "\n"), in: reader.position..<reader.end)
    let end = newline ?? reader.end
    let hasReturn = end > reader.position && reader.bytes[end - 1] == UInt8(ascii: "\r")
    reader.append(reader.position, hasReturn ? end - 1 : end)
    reader.leave(at: end)
  }

  func firstByte(of cell: Int, in reader: borrowing RecordReader) -> Int { reader.start }
}
