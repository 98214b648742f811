import Features
import Foundation
import Logs
import Support

/// Writes a synthetic log of any size in bounded memory, on all cores. The bytes depend on the log
/// alone, not on the cores.
package struct LogGenerator: Sendable {
  private let log: SyntheticLog
  private let style: LogWriter.Style
  private let compression: Compression
  /// Rows of a part, which one core writes at a time.
  private static let part = 8_192

  /// - Parameters:
  ///   - log: with a drift that has its number of rows.
  ///   - format: ``LogFormat/csv`` or ``LogFormat/criteo``.
  ///   - compression: packs each part of the log by itself, as gzip and zstd allow.
  package init(_ log: SyntheticLog, format: LogFormat, compression: Compression = .none) {
    precondition(format == .csv || format == .criteo)
    precondition(format == .csv || log.fields.map(\.name) == Schema.criteo.fields.map(\.name))
    self.log = log
    self.style = format == .csv ? .csv : .criteo
    self.compression = compression
  }

  /// How far the writing is.
  package struct Progress: Sendable {
    /// The rows written so far.
    package var rows: Int
    /// Their bytes, before packing.
    package var bytes: Int
  }

  /// Writes rows.
  ///
  /// - Parameters:
  ///   - rows: their numbers.
  ///   - test: the rows of the test part, for which the optimum is computed.
  ///   - report: called with the progress, never by two threads at once; returns whether to go on.
  ///   - write: takes the bytes in order.
  /// - Returns: what the true probabilities score on the test part.
  package func write(
    rows: Range<Int>, test: Range<Int>, report: @escaping (Progress) -> Bool = { _ in true },
    to write: @escaping (UnsafeRawBufferPointer) throws -> Void
  ) throws -> BayesOptimum {
    var optimum = BayesOptimum()
    var progress = Progress(rows: 0, bytes: 0)
    let header = Array(LogWriter.header(of: log, style: style).utf8)
    if !header.isEmpty {
      try header.withUnsafeBytes { compression.pack($0) }.withUnsafeBytes { try write($0) }
    }
    let threads = Processors.count
    var next = rows.lowerBound
    var goesOn = true
    _ = try OrderedWork.run(
      threads: threads, ahead: 4 * threads,
      next: {
        guard goesOn, next < rows.upperBound else { return nil }
        defer { next += Self.part }
        return next..<min(next + Self.part, rows.upperBound)
      }, worker: {}, work: { (rows: Range<Int>, _) in part(rows, test: test) },
      collect: { part in
        guard goesOn else { return }
        try part.bytes.withUnsafeBytes { try write($0) }
        optimum.merge(part.optimum)
        progress.rows += part.rows
        progress.bytes += part.length
        goesOn = report(progress)
      })
    return optimum
  }

  fileprivate struct Part: Sendable {
    var rows = 0
    var bytes: [UInt8] = []
    /// The number of bytes before packing.
    var length = 0
    var optimum = BayesOptimum()
  }

  fileprivate func part(_ rows: Range<Int>, test: Range<Int>) -> Part {
    var writer = LogWriter(log, style: style)
    var optimum = BayesOptimum()
    for row in rows {
      let (probability, isClick) = writer.append(row)
      if test.contains(row) { optimum.add(probability, isClick: isClick) }
    }
    return Part(
      rows: rows.count, bytes: compression.pack(writer.bytes), length: writer.bytes.count,
      optimum: optimum)
  }
}
