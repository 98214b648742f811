import Features
import Logs
import Support

/// A policy that depends on few columns, as a table: values of columns, and how likely it shows what they name.
///
/// ```
/// item_id,position,probability
/// 14,1,0.0731
/// ```
package struct PolicyTable: Sendable {
  /// The columns that rows of a log are looked up by.
  package let columns: [String]
  private let probabilities: [[String]: Double]

  /// The column that is no key.
  static let probability = "probability"

  /// - Throws: ``UserError`` for a table that cannot be read, lacks the probabilities, or has a key twice.
  package init(_ source: LogSource) throws {
    var schema = Schema()
    schema.format = try LogFormat.detected(in: source)
    let sample = try LogSample(source, schema: schema, count: .max)
    if let error = sample.firstError { throw error }
    guard let place = sample.names.firstIndex(of: Self.probability), sample.names.count > 1 else {
      throw UserError(
        source.name, found: "columns \(listed(sample.names))",
        expected: "\(quoted(Self.probability)) and columns of the log",
        remedy: "name the column of probabilities so")
    }
    columns = sample.names.indices.filter { $0 != place }.map { sample.names[$0] }
    var probabilities: [[String]: Double] = [:]
    for (number, row) in sample.rows.enumerated() {
      let key = row.indices.filter { $0 != place }.map { row[$0] }
      func refuse(_ found: String, _ expected: String) -> UserError {
        UserError(
          source.name, line: number + 2, found: found, expected: expected, remedy: "correct it")
      }
      guard let value = Double(row[place]), (0...1).contains(value) else {
        throw refuse("probability \(quoted(row[place]))", "a number from 0 to 1")
      }
      guard probabilities.updateValue(value, forKey: key) == nil else {
        throw refuse("\(listed(key)) twice", "each once")
      }
    }
    self.probabilities = probabilities
  }

  /// How likely the policy shows what values name; 0 for what is not in the table.
  func probability(_ key: [String]) -> Double { probabilities[key] ?? 0 }
}
