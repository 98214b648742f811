import Assignment
import Logs
import Support

extension ArmAssignment {
  /// Assigns the units that a column of a log names, row by row and in its order.
  ///
  /// - Parameters:
  ///   - rejected: what becomes of rows that cannot be read.
  ///   - take: told of each row its unit's bytes, valid during the call, and its arm; nil for one that is
  ///     not in the test.
  /// - Throws: ``UserError`` for a log that cannot be read, that lacks the column, or has a row that is not
  ///   to be passed over.
  package func assign(
    _ logs: [LogSource], column: String, rejecting rejected: RejectedRows,
    _ take: (UnsafeRawBufferPointer, String?) throws -> Void
  ) throws {
    let format = try LogFormat.withColumns(detectedIn: logs[0])
    var request = ColumnRequest()
    try request.dialect.complete(from: logs[0], format)
    request.columns = [column]
    let place = Place()
    var reader = BlockReader(logs, format, request) { parser, source in
      place.column = try ColumnNames(parser.columns).index(of: column, in: source.name)
    }
    while let block = try reader.next() {
      let report = try block.read(stopsAtFirst: rejected.stopsAtFirst) { batch, report in
        for row in 0..<batch.count {
          let unit = batch.column(place.column).last(of: row)
          report.rows += 1
          try take(unit, unit.isEmpty ? nil : index(of: unit).map { arms[$0].name })
        }
      }
      try rejected.add(report)
    }
  }

  private final class Place { var column = 0 }
}
