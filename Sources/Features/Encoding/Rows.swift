import Support

/// Takes the values of a log row by row; what counts a log and what encodes it.
///
/// A row is delivered only if all of it is sound: nothing ever has to be taken back.
protocol RowConsumer {
  /// Whether the next row is wanted; the values of another one are not delivered.
  mutating func beginRow(_ head: RowHead) -> Bool
  /// A value of a vocabulary; several a row for a list.
  /// - Parameter value: the x of the value, 1 unless the field is weighted.
  mutating func token(_ bytes: UnsafeRawBufferPointer, value: Float, field: Int)
  /// The number of a numeric field.
  mutating func number(_ number: Double, field: Int)
  /// No value.
  mutating func missing(field: Int)
  /// The end of a row that was wanted.
  mutating func endRow()
  /// The end of a block: rows that wait are to be dealt with.
  mutating func endBlock()
}

/// What is known of a row before its values.
struct RowHead {
  /// Its number, counted over all sources of a pass. Rows that are rejected have numbers too, so that
  /// the number does not depend on what becomes of them.
  var row: Int
  /// Which of the sources.
  var source: Int
  /// The line of the source on which it begins, counted from 1.
  var line: Int
  /// A click, 0 or 1; 0 where there is none.
  var label: Float = 0
  /// The sample weight, from 0; 1 where there is none.
  var weight: Float = 1
  /// Seconds since 1970 UTC; ``noTime`` where the schema names no time.
  var time = noTime
  /// The XXH64 of the group's bytes; 0 where the schema names no group.
  var group: UInt64 = 0

  /// Stands for no time.
  static let noTime = Int64.min
}

/// Whether a log must have labels.
public enum LabelPolicy: Sendable {
  /// Training and evaluation: each row has one.
  case required
  /// Prediction: a log may have none, or may leave some empty.
  case optional
}

/// How the records of a source become rows.
protocol RowFormat: Sendable {
  /// Called before the first record of a block, by the thread that reads it: here a copy of the format
  /// gets memory of its own.
  mutating func beginBlock()
  /// Delivers the reader's record, if all of it is sound.
  ///
  /// - Parameter head: the row's place; label and weight are to be filled in.
  /// - Returns: whether the row has a label.
  /// - Throws: ``UserError`` for a record that is not as the schema says; nothing is delivered then.
  mutating func deliver<Consumer: RowConsumer>(
    _ reader: borrowing RecordReader, _ head: RowHead, to consumer: inout Consumer
  ) throws -> Bool
}

extension RowFormat {
  mutating func beginBlock() {}
}

/// What came of a block.
struct BlockReport: Sendable {
  /// How many rows were delivered, or declined by the consumer.
  var rows = 0
  /// Whether every row had a label.
  var isLabelled = true
  /// The rows that could not be read, in order.
  var rejected: [RejectedRow] = []
}

/// A row that could not be read.
struct RejectedRow: Sendable {
  /// Its number, counted over all sources.
  var number: Int
  /// What is wrong with it.
  var error: UserError
  /// The record as it is written, with its line end.
  var bytes: [UInt8]
}

/// Reads the rows of a log, whatever its format, by a completed schema.
enum Rows {
  /// Delivers every row of some logs to a consumer.
  ///
  /// - Parameter rejected: what becomes of rows that are not as the schema says, to be finished by the
  ///   caller; where nil, the first one ends it.
  /// - Returns: whether every row had a label; one without counts as 0.
  /// - Throws: ``UserError`` for what cannot be read, or for a row that is not to be passed over.
  static func read(
    _ sources: [LogSource], by schema: Schema, labels: LabelPolicy,
    into consumer: inout some RowConsumer, rejecting rejected: RejectedRows? = nil
  ) throws -> Bool {
    let rejected = try rejected ?? RejectedRows(.stop)
    var reader = try BlockReader(sources, schema: schema, labels: labels)
    var isLabelled = true
    while let block = try reader.next() {
      let report = block.read(into: &consumer, stopsAtFirst: rejected.stopsAtFirst)
      try rejected.add(report)
      isLabelled = isLabelled && report.isLabelled
    }
    return isLabelled
  }

  /// A click, 0 or 1.
  static func label(
    _ cell: Int, of reader: borrowing RecordReader, by label: Schema.Label
  ) throws -> Float {
    if let click = label.click(reader[cell]) { return click }
    // libsvm's usual way to write a negative.
    if reader.dialect.isBlanks, parseNumber(reader[cell]) == -1 { return 0 }
    throw reader.error(
      at: cell, found: "label \(quoted(reader.text(cell)))", expected: label.expected,
      remedy: label.remedy(for: reader[cell], isColumn: !reader.dialect.isBlanks))
  }

  /// The seconds since 1970.
  static func time(
    _ cell: Int, of reader: borrowing RecordReader, as format: TimeFormat, column: String
  ) throws -> Int64 {
    guard let seconds = format.seconds(reader[cell]) else {
      throw reader.error(
        at: cell, found: "\(quoted(reader.text(cell))) in column \(quoted(column))",
        expected: "a time as \(format.rawValue)", remedy: "correct or delete the row")
    }
    return seconds
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
