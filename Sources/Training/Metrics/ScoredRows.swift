import Logs
import Support

/// Scores of any program beside what happened: a table to be judged.
package struct ScoredRows: Sendable {
  /// The names of the table's columns.
  package struct Columns: Sendable {
    /// The score: a probability, or anything that rises with it.
    package var score = "score"
    /// What happened, 0 or 1.
    package var label = "label"
    /// The sample weight; nil where all are 1.
    package var weight: String?
    /// Whom the row belongs to; nil for nobody.
    package var group: String?

    /// `score` and `label`.
    package init() {}
  }

  /// The scores, [rows], in the precision they are written in, none of them NaN or infinite.
  package private(set) var scores: [Double] = []
  /// 0 or 1, [rows].
  package private(set) var labels: [Float] = []
  /// From 0, [rows]; nil where all are 1.
  package private(set) var weights: [Float]?
  /// Whom each row belongs to, numbered by first appearance, [rows]; nil for nobody.
  package private(set) var groups: [Int]?

  /// Reads a CSV file, or TSV where the header holds a tab, plain or compressed.
  ///
  /// - Throws: ``UserError`` for a missing column, or the first value that is not as described.
  package init(_ source: LogSource, columns: Columns = Columns()) throws {
    var table = try Table(source, Self.grammar(of: source))
    let header = try table.header()
    let score = try header.index(of: columns.score, in: source.name)
    let label = try header.index(of: columns.label, in: source.name)
    let weight = try columns.weight.map { try header.index(of: $0, in: source.name) }
    let group = try columns.group.map { try header.index(of: $0, in: source.name) }
    if weight != nil { weights = [] }
    if group != nil { groups = [] }
    let limit = Double(Float.greatestFiniteMagnitude)
    var numbers: [String: Int] = [:]
    while try table.next() {
      guard table.count == header.names.count else {
        throw table.error(
          found: "\(table.count) values", expected: "\(header.names.count), one a column",
          remedy: "correct the row")
      }
      scores.append(try Self.number(score, of: table, "a number") { _ in true })
      labels.append(Float(try Self.number(label, of: table, "0 or 1") { $0 == 0 || $0 == 1 }))
      if let weight {
        weights?.append(
          Float(try Self.number(weight, of: table, "a finite number from 0") { 0...limit ~= $0 }))
      }
      if let group {
        let name = table.text(group)
        let number = numbers[name] ?? numbers.count
        numbers[name] = number
        groups?.append(number)
      }
    }
  }

  private static func number(
    _ index: Int, of table: borrowing Table<DelimitedText>, _ expected: String,
    where isValid: (Double) -> Bool
  ) throws -> Double {
    guard let number = parseNumber(table[index]), isValid(number) else {
      throw table.error(
        at: index, found: quoted(table.text(index)), expected: expected,
        remedy: "correct the value")
    }
    return number
  }

  private static func grammar(of source: LogSource) throws -> DelimitedText {
    var table = try Table(source, DelimitedText.rawTSV)
    return try table.next() && table.count > 1 ? .tsv : .csv
  }
}
