import Glibc
import Random

/// A click log with a known truth: ids by Zipf's law, hidden effects of single values and of pairs.
///
/// logit p = bias + Σ_i w_i + Σ_{i<j} ⟨v_i, v_j⟩, with w and v drawn once for every value, and each
/// label drawn from its p. A row depends on nothing but the seed and its number, so that a log can
/// be made in parts, in any order.
public struct SyntheticLog: Sendable {
  /// A field of the log.
  public struct Field: Sendable, Hashable {
    /// The column's name.
    public var name: String
    /// How many values there are.
    public var cardinality: Int

    /// A field with values `name0`, `name1`, …, the first being the most frequent.
    public init(_ name: String, _ cardinality: Int) {
      self.name = name
      self.cardinality = cardinality
    }
  }

  /// One row.
  public struct Row: Sendable, Hashable {
    /// For each field which of its values, from 0, the most frequent.
    public var values: [Int]
    /// The true probability of a click.
    public var probability: Double
    /// Whether there was a click.
    public var isClick: Bool
  }

  /// The fields.
  public let fields: [Field]
  /// The seed.
  public let seed: UInt64
  private let bias: Double
  private let effects: [[Effect]]
  /// For each field the probabilities of its values, added up.
  private let cumulative: [[Double]]

  /// What a value does.
  private struct Effect {
    var weight: Double
    var factors: SIMD4<Double>
  }

  /// A log of users, items and their surroundings.
  public static let usualFields = [
    Field("user", 2_000), Field("item", 500), Field("category", 20), Field("hour", 24),
    Field("device", 4),
  ]

  /// A log.
  ///
  /// - Parameters:
  ///   - fields: the columns beside the label, each with at least one value.
  ///   - seed: decides effects and rows.
  ///   - zipf: the exponent s of Zipf's law, p(k) ∝ 1 / (k + 1)^s; 0 for uniform.
  ///   - bias: the logit of a row without effects.
  public init(
    fields: [Field] = usualFields, seed: UInt64 = 1, zipf: Double = 1, bias: Double = -1
  ) {
    precondition(fields.allSatisfy { $0.cardinality >= 1 })
    self.fields = fields
    self.seed = seed
    self.bias = bias
    // Scaled so that the pairs together weigh as much as the single values, however many fields.
    let pairs = Double(max(fields.count * (fields.count - 1) / 2, 1))
    let scale = (Double(max(fields.count, 1)) / (pairs * 4)).squareRoot().squareRoot() * 0.8
    effects = fields.map { field in
      var stream = RandomStream(seed: seed, purpose: "effects of \(field.name)")
      return (0..<field.cardinality).map { _ in
        Effect(
          weight: 0.6 * stream.gaussian(),
          factors: scale
            * SIMD4(stream.gaussian(), stream.gaussian(), stream.gaussian(), stream.gaussian()))
      }
    }
    cumulative = fields.map { field in
      var total = 0.0
      let sums = (1...field.cardinality).map { rank in
        total += pow(Double(rank), -zipf)
        return total
      }
      return sums.map { $0 / total }
    }
  }

  /// The row of a number.
  public func row(_ number: Int) -> Row {
    var stream = RandomStream(seed: seed &+ 0x5EED, purpose: UInt64(number))
    let values = cumulative.map { sums in
      let draw = stream.uniform()
      return sums.partitioningIndex { $0 >= draw }
    }
    var logit = bias
    var (sum, squares) = (SIMD4<Double>.zero, SIMD4<Double>.zero)
    for (field, value) in values.enumerated() {
      let effect = effects[field][value]
      logit += effect.weight
      sum += effect.factors
      squares += effect.factors * effect.factors
    }
    logit += ((sum * sum - squares) / 2).sum()
    let probability = 1 / (1 + exp(-logit))
    return Row(values: values, probability: probability, isClick: stream.uniform() < probability)
  }

  /// Rows as CSV, the column `label` first.
  public func csv(rows: Range<Int>) -> CSVText {
    var csv = CSVText(columns: ["label"] + fields.map(\.name))
    for number in rows {
      let row = row(number)
      csv.append(
        [row.isClick ? "1" : "0"] + zip(fields, row.values).map { "\($0.name)\($1)" })
    }
    return csv
  }

  /// Rows as a log in memory.
  public func source(rows: Range<Int>, name: String = "synthetic.csv") -> LogSource {
    .text(csv(rows: rows).text, name: name)
  }
}

extension RandomStream {
  /// A number of the standard normal distribution (Box–Muller).
  fileprivate mutating func gaussian() -> Double {
    (-2 * log(uniform())).squareRoot() * cos(2 * .pi * uniform())
  }
}

extension Array {
  /// The first index from which on the predicate holds, the last index where it never does.
  fileprivate func partitioningIndex(where isAbove: (Element) -> Bool) -> Int {
    var (low, high) = (0, count - 1)
    while low < high {
      let middle = (low + high) / 2
      if isAbove(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
