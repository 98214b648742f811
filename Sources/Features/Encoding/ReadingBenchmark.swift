import Glibc
import Support

/// How fast logs are read, step by step, by one thread and into nothing.
public enum ReadingBenchmark {
  /// What is measured.
  public enum Step: String, Sendable, CaseIterable {
    /// Reading and finding where blocks may end, and counting rows.
    case cutting
    /// That, and cutting records into cells.
    case records
    /// That, and reading rows by the schema: what every pass does before values are looked up.
    case rows
  }

  /// What a step took.
  public struct Result: Sendable {
    /// The step.
    public let step: Step
    /// Rows read.
    public let rows: Int
    /// Bytes of text, decompressed.
    public let bytes: Int
    /// The time that the process spent on cores.
    public let seconds: Double
  }

  /// Measures a step.
  /// - Throws: ``UserError`` for a log that cannot be read.
  public static func measure(
    _ step: Step, _ sources: [LogSource], schema: Schema
  ) throws -> Result {
    let (schema, _) = try schema.completed(from: sources)
    var reader = try BlockReader(sources, schema: schema, labels: .optional)
    var (rows, bytes) = (0, 0)
    var nothing = Nothing()
    let start = ProcessStatus.coreSeconds
    while let block = try reader.next() {
      rows += block.rows
      bytes += block.block.count
      switch step {
      case .cutting: break
      case .records:
        var records = RecordReader(block.block)
        while try records.next() { nothing.bytes &+= records.count }
      case .rows:
        let report = block.read(into: &nothing, stopsAtFirst: true)
        if let first = report.rejected.first { throw first.error }
      }
    }
    return Result(step: step, rows: rows, bytes: bytes, seconds: ProcessStatus.coreSeconds - start)
  }

  /// Takes rows and forgets them.
  private struct Nothing: RowConsumer {
    var bytes = 0
    var sum = 0.0

    mutating func beginRow(_ head: RowHead) -> Bool { true }
    mutating func token(_ bytes: UnsafeRawBufferPointer, value: Float, field: Int) {
      self.bytes &+= bytes.count
    }
    mutating func number(_ number: Double, field: Int) { sum += number }
    mutating func missing(field: Int) { bytes &+= 1 }
    mutating func endRow() {}
    mutating func endBlock() {}
  }
}
