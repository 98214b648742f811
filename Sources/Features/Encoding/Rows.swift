/// Takes the values of a log row by row; what counts a log and what encodes it.
protocol RowConsumer {
  /// Whether the next row is wanted; the values of another one are not delivered.
  mutating func beginRow() -> Bool
  /// A value of a vocabulary; several a row for a list.
  /// - Parameter value: the x of the value, 1 unless the field is weighted.
  mutating func token(_ bytes: UnsafeRawBufferPointer, value: Float, field: Int)
  /// The number of a numeric field.
  mutating func number(_ number: Double, field: Int)
  /// No value.
  mutating func missing(field: Int)
  /// The end of a row.
  mutating func endRow(label: Float, weight: Float)
}

/// Whether a log must have labels.
public enum LabelPolicy: Sendable {
  /// Training and evaluation: each row has one.
  case required
  /// Prediction: a log may have none, or may leave some empty.
  case optional
}

/// Reads the rows of a log, whatever its format, by a completed schema.
enum Rows {
  /// Delivers every row to a consumer.
  /// - Returns: whether every row had a label; where one has none, those from there on are 0.
  /// - Throws: ``InputError`` for a row that is not as the schema says.
  static func read(
    _ source: LogSource, by schema: Schema, labels: LabelPolicy,
    into consumer: inout some RowConsumer
  ) throws -> Bool {
    let format = schema.format ?? .csv
    var reader = try RecordReader(source, dialect: format.dialect)
    if format == .libsvm {
      return try LibSVMRows(schema: schema, labels: labels).read(&reader, into: &consumer)
    }
    return try DelimitedRows(&reader, schema: schema, format: format, labels: labels)
      .read(&reader, into: &consumer)
  }

  /// A click, 0 or 1.
  static func label(_ cell: Int, of reader: borrowing RecordReader) throws -> Float {
    let bytes = reader[cell]
    if bytes.count == 1 {
      if bytes[0] == UInt8(ascii: "0") { return 0 }
      if bytes[0] == UInt8(ascii: "1") { return 1 }
    }
    switch parseNumber(bytes) {
    case 0: return 0
    case 1: return 1
    // libsvm's usual way to write a negative.
    case -1 where reader.dialect.delimiter == nil: return 0
    default:
      throw reader.error(
        at: cell, found: "label \(quoted(reader.text(cell)))", expected: "0 or 1",
        remedy: "correct or delete the row")
    }
  }

  /// A number, finite.
  static func number(_ cell: Int, of reader: borrowing RecordReader, column: String) throws
    -> Double
  {
    guard let number = parseNumber(reader[cell]) else {
      throw reader.error(
        at: cell, found: "\(quoted(reader.text(cell))) in column \(quoted(column))",
        expected: "a number", remedy: "correct it, or leave it empty if it is missing")
    }
    return number
  }
}
