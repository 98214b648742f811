import Support

/// A block of a log with what its records mean: one call of ``read(into:stopsAtFirst:)`` on any thread
/// delivers its rows.
struct RowBlock: Sendable {
  let block: Block
  let format: Format

  /// Where it begins.
  var place: BlockPlace { block.place }
  /// The number of rows, good and bad.
  var rows: Int { block.records }

  /// How the records of a source are read.
  enum Format: Sendable {
    case delimited(DelimitedRows)
    case pairs(PairRows)
  }

  /// Delivers the rows to a consumer, in order.
  ///
  /// - Parameter stopsAtFirst: whether the first row that cannot be read ends it; otherwise rows
  ///   delivered and rejected are ``rows`` together.
  func read(into consumer: inout some RowConsumer, stopsAtFirst: Bool) -> BlockReport {
    switch format {
    case .delimited(let format): deliver(format, to: &consumer, stopsAtFirst)
    case .pairs(let format): deliver(format, to: &consumer, stopsAtFirst)
    }
  }

  private func deliver(
    _ format: some RowFormat, to consumer: inout some RowConsumer, _ stopsAtFirst: Bool
  ) -> BlockReport {
    var format = format
    format.beginBlock()
    defer { consumer.endBlock() }
    var reader = RecordReader(block)
    var report = BlockReport()
    var head = RowHead(row: place.row, source: place.source, line: 0)
    while true {
      do {
        guard try reader.next() else { break }
        head.line = reader.line
        if try !format.deliver(reader, head, to: &consumer) { report.isLabelled = false }
        report.rows += 1
      } catch {
        report.rejected.append(
          RejectedRow(
            number: head.row, error: error as! UserError, bytes: Array(reader.record)))
        if stopsAtFirst { break }
      }
      head.row += 1
    }
    return report
  }
}
