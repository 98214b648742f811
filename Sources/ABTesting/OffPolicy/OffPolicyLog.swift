import Logs
import Support

/// Which columns of a log tell what was shown, how likely that was, and what came of it.
package struct OffPolicyColumns: Sendable {
  /// r, a number.
  package var reward: String
  /// π_b(a|x), how likely the policy of the log was to show what it showed.
  package var propensity: String
  /// π_e(a|x), how likely the other policy would have been to show it: a column, or a table.
  package var target: Target
  /// q̂(x, a) and Σ_a π_e(a|x)·q̂(x, a); nil without a model.
  package var model: (predicted: String, expected: String)?

  package enum Target: Sendable {
    case column(String)
    case table(PolicyTable)
  }

  package init(
    reward: String, propensity: String, target: Target,
    model: (predicted: String, expected: String)? = nil
  ) {
    (self.reward, self.propensity, self.target, self.model) = (reward, propensity, target, model)
  }

  /// All of them, each once.
  fileprivate var names: [String] {
    let ofTarget: [String] =
      switch target {
      case .column(let name): [name]
      case .table(let table): table.columns
      }
    var names: [String] = []
    for name in [reward, propensity] + ofTarget + (model.map { [$0.predicted, $0.expected] } ?? [])
    where !names.contains(name) { names.append(name) }
    return names
  }
}

extension OffPolicyEvaluator {
  /// Adds the rounds of logs, a row each, in one pass.
  ///
  /// - Parameter rejected: what becomes of rows that cannot be read; the caller finishes it.
  /// - Throws: ``UserError`` for a log that cannot be read or lacks a column, and for a row that is not to be
  ///   passed over.
  package mutating func add(
    _ logs: [LogSource], _ columns: OffPolicyColumns, rejecting rejected: RejectedRows
  ) throws {
    let format = try LogFormat.withColumns(detectedIn: logs[0])
    var request = ColumnRequest()
    try request.dialect.complete(from: logs[0], format)
    request.columns = columns.names
    let places = OpenedPlaces()
    var reader = BlockReader(logs, format, request) { parser, source in
      places.names = parser.columns
      let names = ColumnNames(parser.columns)
      places.index = try Dictionary(
        uniqueKeysWithValues: columns.names.map { ($0, try names.index(of: $0, in: source.name)) })
    }
    while let block = try reader.next() {
      let report = try block.read(stopsAtFirst: rejected.stopsAtFirst) { batch, report in
        for row in 0..<batch.count {
          do throws(BadCell) {
            add(try RoundReader(batch, row, places).round(columns))
            report.rows += 1
          } catch {
            report.rejected.append(error.rejected(row, of: batch, in: block, columns: places.names))
          }
        }
      }
      try rejected.add(report)
    }
  }
}

/// Where the columns of the log are that is open.
private final class OpenedPlaces {
  var names: [String] = []
  var index: [String: Int] = [:]
}

/// Reads a row as a round.
private struct RoundReader {
  let batch: RecordBatch
  let row: Int
  let places: OpenedPlaces

  init(_ batch: RecordBatch, _ row: Int, _ places: OpenedPlaces) {
    (self.batch, self.row, self.places) = (batch, row, places)
  }

  func round(_ columns: OffPolicyColumns) throws(BadCell) -> OffPolicyRound {
    let reward = try number(
      columns.reward, "a number, or true or false", in: -.infinity...(.infinity))
    let shown = try number(
      columns.propensity, "how likely it was to be shown: above 0, at most 1",
      in: Double.leastNonzeroMagnitude...1)
    let target: Double
    switch columns.target {
    case .column(let name):
      target = try number(name, "how likely the other policy shows it: 0 to 1", in: 0...1)
    case .table(let table):
      target = table.probability(
        table.columns.map { String(decoding: cell($0), as: UTF8.self) })
    }
    var round = OffPolicyRound(reward: reward, weight: target / shown)
    if let model = columns.model {
      let expected = "what the model expects: a number"
      round.predicted = try number(model.predicted, expected, in: -.infinity...(.infinity))
      round.expected = try number(model.expected, expected, in: -.infinity...(.infinity))
    }
    return round
  }

  private func cell(_ name: String) -> UnsafeRawBufferPointer {
    batch.column(places.index[name]!).last(of: row)
  }

  private func number(
    _ name: String, _ expected: String, in range: ClosedRange<Double>
  ) throws(BadCell) -> Double {
    let cell = cell(name)
    if let number = parseNumber(cell), range.contains(number) { return number }
    let word = String(decoding: cell, as: UTF8.self).lowercased()
    if ["true", "yes"].contains(word), range.contains(1) { return 1 }
    if ["false", "no"].contains(word), range.contains(0) { return 0 }
    throw BadCell(column: places.index[name]!, expected: expected)
  }
}
