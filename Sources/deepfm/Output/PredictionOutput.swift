import ArgumentParser
import Datasets
import DeepFMKit
import Support

/// How predictions are written.
enum PredictionFormat: String, ExpressibleByArgument, CaseIterable {
  /// A probability a line and nothing else.
  case lines
  case csv, jsonl, parquet

  /// What a file's name asks for.
  init?(ending path: String) {
    switch path.split(separator: ".").last {
    case "csv": self = .csv
    case "jsonl", "ndjson": self = .jsonl
    case "parquet": self = .parquet
    default: return nil
    }
  }
}

/// Predictions, one for each row of a log so that the two stay side by side, with texts of the row in front. A row
/// that could not be read has none, and no texts.
protocol PredictionOutput {
  /// - Parameters:
  ///   - row: which of the texts.
  ///   - probability: nil for a row that could not be read.
  mutating func append(_ texts: KeptText, row: Int, _ probability: Float?) throws
  mutating func finish() throws
}

extension PredictionFormat {
  /// What the column of the probabilities is called: deepfm metrics finds it by that.
  static let score = "score"

  /// - Parameters:
  ///   - columns: the names of the texts.
  ///   - logs: what the texts are of; in Parquet they are numbers again where they were in all of these.
  ///   - write: takes bytes.
  func output(
    _ columns: [String], of logs: [LogSource],
    _ write: @escaping (UnsafeRawBufferPointer) throws -> Void
  ) throws -> any PredictionOutput {
    switch self {
    case .lines, .csv, .jsonl: return try TextPredictions(self, columns, write)
    case .parquet:
      return try ParquetPredictions(ParquetWriter.columns(columns, of: logs), write)
    }
  }
}

/// A line for each row.
private struct TextPredictions: PredictionOutput {
  private let format: PredictionFormat
  private let columns: [[UInt8]]
  private let write: (UnsafeRawBufferPointer) throws -> Void
  private var text: [UInt8] = []

  init(
    _ format: PredictionFormat, _ columns: [String],
    _ write: @escaping (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    (self.format, self.write) = (format, write)
    self.columns = (columns + [PredictionFormat.score]).map { Array($0.utf8) }
    guard format == .csv else { return }
    for (index, name) in self.columns.enumerated() {
      if index > 0 { text.append(UInt8(ascii: ",")) }
      name.withUnsafeBytes { _ = text.append(cell: $0) }
    }
    text.append(UInt8(ascii: "\n"))
  }

  mutating func append(_ texts: KeptText, row: Int, _ probability: Float?) throws {
    let last = columns.count - 1
    if format == .jsonl { text.append(UInt8(ascii: "{")) }
    for column in 0..<last {
      if format == .jsonl { appendKey(column) }
      if probability == nil {
        if format == .jsonl { text += "null".utf8 }
      } else {
        texts.withText(row, column) {
          format == .jsonl ? text.append(jsonValue: $0) : text.append(csv: $0)
        }
      }
      text += (format == .jsonl ? ", " : ",").utf8
    }
    if format == .jsonl { appendKey(last) }
    // The shortest text that reads back as the same number: nothing is lost.
    if let probability {
      text += "\(probability)".utf8
    } else if format == .jsonl {
      text += "null".utf8
    }
    text += (format == .jsonl ? "}\n" : "\n").utf8
    if text.count > 1 << 16 { try flush() }
  }

  private mutating func appendKey(_ column: Int) {
    columns[column].withUnsafeBytes { text.append(json: $0) }
    text += ": ".utf8
  }

  private mutating func flush() throws {
    try text.withUnsafeBytes(write)
    text.removeAll(keepingCapacity: true)
  }

  mutating func finish() throws { try flush() }
}

/// A table, the last column of which has the probabilities.
private struct ParquetPredictions: PredictionOutput {
  private let writer: ParquetWriter
  private let score: Int

  init(
    _ columns: [ParquetWriter.Column], _ write: @escaping (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    score = columns.count
    writer = try ParquetWriter(
      columns + [.init(PredictionFormat.score, .float)],
      creator: "deepfm version \(DeepFMVersion.current)", write)
  }

  mutating func append(_ texts: KeptText, row: Int, _ probability: Float?) throws {
    for column in 0..<score {
      guard probability != nil else {
        try writer.append(UnsafeRawBufferPointer(start: nil, count: 0), to: column)
        continue
      }
      try texts.withText(row, column) { text in
        guard text.first == 0 else { return try writer.append(text, to: column) }
        var joined: [UInt8] = []
        joined.append(list: text)
        try joined.withUnsafeBytes { try writer.append($0, to: column) }
      }
    }
    writer.append(probability, to: score)
    try writer.endRow()
  }

  mutating func finish() throws { try writer.finish() }
}

extension [UInt8] {
  /// Appends a text, or the values of a list, as a cell of CSV.
  fileprivate mutating func append(csv text: UnsafeRawBufferPointer) {
    guard text.first == 0 else {
      append(cell: text)
      return
    }
    var joined: [UInt8] = []
    joined.append(list: text)
    joined.withUnsafeBytes { _ = append(cell: $0) }
  }

  /// Appends the values of a list with bars between them; they begin with a NUL each.
  fileprivate mutating func append(list text: UnsafeRawBufferPointer) {
    for byte in text.dropFirst() { append(byte == 0 ? UInt8(ascii: "|") : byte) }
  }

  /// Appends a text, a list of texts, or null for an empty one.
  fileprivate mutating func append(jsonValue text: UnsafeRawBufferPointer) {
    guard let first = text.first else { return self += "null".utf8 }
    guard first == 0 else { return append(json: text) }
    append(UInt8(ascii: "["))
    for (index, value) in text.dropFirst().split(separator: 0).enumerated() {
      if index > 0 { self += ", ".utf8 }
      append(json: UnsafeRawBufferPointer(rebasing: value))
    }
    append(UInt8(ascii: "]"))
  }
}
