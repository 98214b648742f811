@testable import Features

/// Writes down what is delivered.
struct RowRecorder: RowConsumer {
  /// A line for each row: its place, its label, its values.
  var rows: [String] = []
  /// The lines of the log on which rows begin.
  var lines: [Int] = []

  mutating func beginRow(_ head: RowHead) -> Bool {
    rows.append("\(head.source):\(head.line) #\(head.row) \(head.label)")
    lines.append(head.line)
    return true
  }
  mutating func token(_ bytes: UnsafeRawBufferPointer, value: Float, field: Int) {
    rows[rows.count - 1] += " \(field)=\(String(decoding: bytes, as: UTF8.self))x\(value)"
  }
  mutating func number(_ number: Double, field: Int) {
    rows[rows.count - 1] += " \(field)=\(number)"
  }
  mutating func missing(field: Int) { rows[rows.count - 1] += " \(field)=?" }
  mutating func endRow() { rows[rows.count - 1] += ";" }

  mutating func endBlock() {}
}
