import Features
import Logs
import Support

/// How fast logs are read, step by step, by one thread and into nothing.
package enum ReadingBenchmark {
  /// What is measured.
  package enum Step: String, Sendable, CaseIterable {
    /// Reading and finding where blocks may end, and counting rows.
    case cutting
    /// That, and cutting records into columns of cells.
    case records
    /// That, and reading labels and numbers by the schema: what every pass does before values are looked
    /// up.
    case rows
  }

  /// What a step took.
  package struct Result: Sendable {
    /// The step.
    package let step: Step
    /// Rows read.
    package let rows: Int
    /// Bytes of text, decompressed.
    package let bytes: Int
    /// The time that the process spent on cores.
    package let seconds: Double
  }

  /// Measures a step.
  /// - Throws: ``UserError`` for a log that cannot be read.
  package static func measure(
    _ step: Step, _ sources: [LogSource], schema: Schema
  ) throws -> Result {
    let (schema, _) = try schema.completed(from: sources)
    var reader = RowReader(sources, schema: schema, labels: .optional)
    var (rows, bytes) = (0, 0)
    let start = ProcessStatus.coreSeconds
    while let block = try reader.next() {
      rows += block.rows
      bytes += block.bytes
      let report =
        switch step {
        case .cutting: BlockReport()
        case .records: try block.block.read(stopsAtFirst: true) { _, _ in }
        case .rows: try block.read(stopsAtFirst: true) { _ in }
        }
      if let first = report.rejected.first { throw first.error }
    }
    return Result(step: step, rows: rows, bytes: bytes, seconds: ProcessStatus.coreSeconds - start)
  }
}
