import Logs

@testable import Features

/// Writes down what is read of rows.
struct RowRecorder {
  /// A line for each row: its place, its label, its values.
  var rows: [String] = []
  /// The lines of the log on which rows begin.
  var lines: [Int] = []
  /// Label, weight, time and group of each row.
  var metadata: [Metadata] = []

  struct Metadata: Equatable {
    var label: Float
    var weight: Float
    var time: Int64
    var group: UInt64
  }

  /// Reads a block to its end.
  mutating func read(_ block: RowBlock) throws -> BlockReport {
    try block.read(stopsAtFirst: false) { add($0, source: block.place.source) }
  }

  private mutating func add(_ batch: RowBatch, source: Int) {
    var texts = batch.all.map { record in
      "\(source):\(batch.line(of: record)) #\(batch.number(of: record)) "
        + "\(batch.labels[Int(record)])"
    }
    for (field, column) in batch.columns.fields.enumerated() {
      if column.kind == .numeric {
        for (row, record) in batch.all.enumerated() {
          let number = batch.numbers(of: field)[Int(record)]
          texts[row] += " \(field)=" + (number.isNaN ? "?" : "\(number)")
        }
      } else {
        var text = ""
        batch.forEachValue(
          of: field, in: batch.all,
          value: { text += " \(field)=\(String(decoding: $0, as: UTF8.self))x\($1)" },
          missing: { text += " \(field)=?" },
          end: { row in
            texts[row] += text
            text = ""
          })
      }
    }
    rows += texts.map { $0 + ";" }
    for record in batch.all {
      lines.append(batch.line(of: record))
      metadata.append(
        Metadata(
          label: batch.labels[Int(record)], weight: batch.weights[Int(record)],
          time: batch.times[Int(record)], group: batch.groups[Int(record)]))
    }
  }

  /// The rows of whole logs.
  /// - Throws: the error of the first row that cannot be read.
  static func rows(
    of sources: [LogSource], _ schema: Schema, labels: LabelPolicy = .required
  ) throws -> RowRecorder {
    var reader = RowReader(sources, schema: schema, labels: labels)
    var recorder = RowRecorder()
    while let block = try reader.next() {
      if let bad = try recorder.read(block).rejected.first { throw bad.error }
    }
    return recorder
  }
}
