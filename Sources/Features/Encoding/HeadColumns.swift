import Support

/// The columns of a row's head: label, weight, time and group.
struct HeadColumns: Sendable {
  private let labelRule: Schema.Label
  private let labels: LabelPolicy
  private let timeFormat: TimeFormat
  private let timeName: String
  // Where each is, −1 where there is none.
  private let label: Int
  private let weight: Int
  private let time: Int
  private let group: Int

  /// - Throws: ``UserError`` if a column of the schema is not there that must be.
  init(_ columns: Columns, of file: String, schema: Schema, labels: LabelPolicy) throws {
    func place(_ name: String?) throws -> Int {
      guard let name, labels == .required || columns.names.contains(name) else { return -1 }
      return try columns.index(of: name, in: file)
    }
    self.labels = labels
    labelRule = schema.label ?? Schema.Label()
    label = try place(labelRule.column ?? "label")
    weight = try place(schema.weight)
    time = try place(schema.time?.column)
    group = try place(schema.group)
    timeFormat = schema.time?.format ?? .iso
    timeName = schema.time?.column ?? ""
  }

  /// Reads the head of a row.
  ///
  /// - Returns: whether the row has a label.
  /// - Throws: ``UserError`` for a value that is none of its kind.
  @inline(__always)
  func read(_ reader: borrowing RecordReader, into head: inout RowHead) throws -> Bool {
    let isLabelled = label >= 0 && !(labels == .optional && reader[label].isEmpty)
    if isLabelled { head.label = try Rows.label(label, of: reader, by: labelRule) }
    if weight >= 0 { head.weight = try sampleWeight(of: reader) }
    if time >= 0 {
      head.time = try Rows.time(time, of: reader, as: timeFormat, column: timeName)
    }
    if group >= 0 { head.group = XXH64.hash(reader[group]) }
    return isLabelled
  }

  private func sampleWeight(of reader: borrowing RecordReader) throws -> Float {
    guard let weight = parseNumber(reader[weight]).map({ Float($0) }), weight >= 0, weight.isFinite
    else {
      throw reader.error(
        at: weight, found: "weight \(quoted(reader.text(weight)))",
        expected: "a finite number from 0", remedy: "correct or delete the row")
    }
    return weight
  }
}

/// What stands for a missing value: nothing, and what a schema says.
struct MissingValues: Sendable {
  private let markers: [[UInt8]]
  private let longest: Int

  init(_ markers: [String]) {
    self.markers = markers.map { Array($0.utf8) }
    longest = self.markers.map(\.count).max() ?? 0
  }

  @inline(__always)
  func contains(_ bytes: UnsafeRawBufferPointer) -> Bool {
    bytes.count <= longest && (bytes.isEmpty || markers.contains { bytes.elementsEqual($0) })
  }
}
