import Support

/// A way in which logs are written. One type a format holds all that is to be known of it: a program may
/// bring its own, see ``LogFormat/register(_:)``.
public protocol RecordFormat: Sendable {
  /// The word for it in a schema, as in `format: csv`.
  var name: String { get }
  /// The endings of files that are written so, as in `csv`; `.gz` and `.zst` may stand behind them.
  var endings: [String] { get }
  /// How the columns of a log get their names.
  var naming: ColumnNaming { get }
  /// Where records end.
  var bounds: RecordBounds { get }
  /// Whether a log that begins with this line is likely written so.
  func recognizes(_ firstLine: String) -> Bool
  /// Reads the head of a log.
  ///
  /// - Parameter request: which columns are wanted, and what they may hold.
  /// - Throws: `UserError` for a head that is not of the format.
  func open(_ log: LogHead, _ request: ColumnRequest) throws -> LogParser
}

extension RecordFormat {
  public var endings: [String] { [] }
  public var naming: ColumnNaming { .header }
  public var bounds: RecordBounds { .lines }
  public func recognizes(_ firstLine: String) -> Bool { false }
}

/// How the columns of a format get their names.
public enum ColumnNaming: Sendable, Hashable {
  /// By a first line, which a schema may say is not there.
  case header
  /// They always are the same.
  case fixed([String])
  /// By the keys of each record.
  case keys
  /// By the schema that each file has.
  case schema
  /// There are no columns: each value brings its id, whose range says the field.
  case ids
  /// There are no columns: each value brings the number of its field.
  case fieldNumbers
}

/// The beginning of a log.
public struct LogHead: Sendable {
  /// What errors call the log.
  public var name: String { block.name }
  package let block: Block

  package init(_ block: Block) { self.block = block }

  /// The first line, without its end.
  public var firstLine: String {
    let end = block.bytes.firstIndex(of: UInt8(ascii: "\n"), in: 0..<block.count) ?? block.count
    let line = String(
      decoding: UnsafeBufferPointer(start: block.bytes, count: end), as: UTF8.self)
    return line.hasSuffix("\r") ? String(line.dropLast()) : line
  }
}

/// What is to be read of a log.
public struct ColumnRequest: Sendable {
  /// One field of the model's input.
  public struct Field: Sendable {
    /// Its name, and that of its column.
    public var name: String
    public var column: String
    /// Whether it may have several values a record.
    public var isList: Bool
    /// Whether its values are numbers.
    public var isNumeric: Bool
    /// Whether a value's x may be other than 1.
    public var isWeighted: Bool
    /// The ids that are its values.
    public var ids: ClosedRange<Int32>?

    package init(
      name: String, column: String, isList: Bool = false, isNumeric: Bool = false,
      isWeighted: Bool = false, ids: ClosedRange<Int32>? = nil
    ) {
      (self.name, self.column, self.isList) = (name, column, isList)
      (self.isNumeric, self.isWeighted, self.ids) = (isNumeric, isWeighted, ids)
    }
  }

  /// The columns, each once.
  public var columns: [String] = []
  public var fields: [Field] = []
  /// The columns' names where the log has no header: nil where it has one, empty where they are "1",
  /// "2" and so on.
  public var headerless: [String]?
  /// How the log departs from what its format says.
  public var dialect = Dialect()
  /// The column of the label, and whether a log may lack it.
  public var label: String?
  public var isLabelOptional = false
  /// The field whose last value says the group; nil for none.
  public var group: String?
  /// Columns whose values may come as numbers, and those that may come as codes of a dictionary, where the format
  /// has them so. Texts otherwise.
  package var numbers: Set<String> = []
  package var codes: Set<String> = []
  /// Ids that are passed over.
  public var ignoredIDs: [ClosedRange<Int32>] = []

  package init() {}
}
