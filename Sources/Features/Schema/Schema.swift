import Logs
import Support

/// What the columns of a log mean: its label, its fields and how each is encoded.
///
/// Every property may be left out; `completed(from:)` fills the gaps by looking at the log. A
/// schema is written in YAML, see the files in `examples/`.
public struct Schema: Codable, Sendable, Hashable {
  /// How the log is written; nil to tell from its name and first line.
  public var format: LogFormat?
  /// The character between two cells of a CSV or TSV; nil for that of the format, or another one where the
  /// log's first lines are clear about it.
  public var delimiter: String?
  /// Whether cells of a CSV or TSV may stand in double quotes; nil means so, unless the log's first lines
  /// show that they do not.
  public var quotes: Bool?
  /// The decimal mark of a CSV or TSV, a point or a comma; nil means a point, or a comma where numbers
  /// between semicolons are written so.
  public var decimal: String?
  /// The mark between thousands in numbers of a CSV or TSV; nil means none, or the one that all numbers of a
  /// column show.
  public var thousands: String?
  /// Whether the first line of a CSV or TSV names the columns; nil means so, unless ``columns`` do.
  public var header: Bool?
  /// The columns' names where the log has no header; nil for "1", "2" and so on.
  public var columns: [String]?
  /// What a click is; nil for a column of 0 and 1, the first of `usualLabels` that there is.
  public var label: Label?
  /// The column of sample weights, if there is one.
  public var weight: String?
  /// The time of a row, if it has one: for splits, and for fields derived from it.
  public var time: Time?
  /// The column whose equal values make a group of rows, if there is one: for splits, and for
  /// metrics by group. In libsvm a field.
  public var group: String?
  /// How the rows of one log become training, validation and test rows, where a command divides
  /// them; nil for the command's own way.
  public var split: DataSplit?
  /// What stands for a missing value, beside nothing.
  public var missing: [String]?
  /// Values that occur fewer times go to their field's out-of-vocabulary row; nil means 1, and 10
  /// for Criteo's format. A field may have its own count.
  public var minCount: Int?
  /// The most values of a vocabulary that may be counted; nil for no limit but memory's. A field may
  /// have its own.
  public var limit: Int?
  /// What happens to a field with more values; nil means ``Overflow/error``.
  public var overflow: Overflow?
  /// libsvm: ids that are passed over whichever field's range they are in, as those of ignored fields
  /// are.
  public var ignoredIDs: [IDRange]?
  /// The fields in the order of the model's input; empty for every column but label and weight.
  public var fields: [Field]

  /// The names under which a label column is recognised.
  package static let usualLabels = ["label", "click", "clicked", "target", "y"]

  /// Texts that usually stand for a missing value.
  static let usualMissing = ["NA", "N/A", "NULL", "null", "NaN", "nan", "None", "none", "\\N", "?"]

  /// A schema; what is left out is told from the log.
  public init(
    format: LogFormat? = nil, header: Bool? = nil, columns: [String]? = nil, label: Label? = nil,
    weight: String? = nil, time: Time? = nil, group: String? = nil, split: DataSplit? = nil,
    missing: [String]? = nil, minCount: Int? = nil, limit: Int? = nil, overflow: Overflow? = nil,
    fields: [Field] = []
  ) {
    self.format = format
    self.header = header
    self.columns = columns
    self.label = label
    self.weight = weight
    self.time = time
    self.group = group
    self.split = split
    self.missing = missing
    self.minCount = minCount
    self.limit = limit
    self.overflow = overflow
    self.fields = fields
  }

  /// How often a value of the field must occur to have a row of its own.
  func minCount(of field: Field) -> Int { field.minCount ?? minCount ?? 1 }

  /// The most values of the field that may be counted.
  func limit(of field: Field) -> Int { field.limit ?? limit ?? .max }

  /// What happens beyond the limit.
  func overflow(of field: Field) -> Overflow { field.overflow ?? overflow ?? .error }
}

/// What happens to a field with more values than its limit.
public enum Overflow: String, Codable, Sendable, Hashable, CaseIterable {
  /// The run ends and says what can be done.
  case error
  /// The field is hashed, into its ``Schema/Field/buckets`` or else as many as the limit.
  case hash
}

/// The ids of a libsvm field, written `first-last`.
public struct IDRange: Sendable, Hashable, Codable, CustomStringConvertible {
  /// The smallest id.
  public var first: Int32
  /// The largest id.
  public var last: Int32

  /// The ids from `first` to `last`, both included.
  public init(_ first: Int32, _ last: Int32) {
    self.first = first
    self.last = last
  }

  /// Whether an id is one of them.
  func contains(_ id: Int32) -> Bool { first <= id && id <= last }

  /// `first-last`
  public var description: String { "\(first)-\(last)" }

  /// Reads `first-last`, or one id.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    let parts = text.split(separator: "-", omittingEmptySubsequences: false).map { Int32($0) }
    guard let first = parts.first.flatMap({ $0 }), let last = parts.last.flatMap({ $0 }),
      parts.count <= 2, 0 <= first, first <= last
    else {
      throw KeyProblem(
        path: decoder.codingPath.map(KeyProblem.Step.init), found: quoted(text),
        expected: "a range of ids", remedy: "write it as first-last, for instance 0-956")
    }
    self.init(first, last)
  }

  /// Writes `first-last`.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
