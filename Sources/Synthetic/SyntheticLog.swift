import Glibc
import Random

/// A click log with a known truth: ids by Zipf's law, hidden effects of single values and of pairs.
///
/// logit p = bias + Σ_i w_i + Σ_{i<j} ⟨v_i, v_j⟩, with w and v drawn once for every value, and each
/// label drawn from its p. A row depends on nothing but the seed and its number, so that a log can
/// be made in parts, in any order. With a ``Drift`` values and effects change from day to day.
package struct SyntheticLog: Sendable {
  /// A field of the log.
  package struct Field: Sendable, Hashable {
    /// The column's name.
    package var name: String
    /// How many values there are at a time.
    package var cardinality: Int
    /// How often the value is missing, from 0 to 1; a missing one has no effect.
    package var missing: Double

    /// A field with values `name0`, `name1`, …, the first being the most frequent.
    package init(_ name: String, _ cardinality: Int, missing: Double = 0) {
      self.name = name
      self.cardinality = cardinality
      self.missing = missing
    }
  }

  /// One row.
  package struct Row: Sendable, Hashable {
    /// For each field which of its values, from 0, the most frequent, or ``SyntheticLog/missing``.
    /// With a drift, values from `cardinality` on are those that came later.
    package var values: [Int]
    /// The true probability of a click.
    package var probability: Double
    /// Whether there was a click.
    package var isClick: Bool
  }

  /// The mark of a value that is missing.
  package static let missing = -1

  /// The fields.
  package let fields: [Field]
  /// The seed.
  package let seed: UInt64
  /// How the log changes from day to day, nil where it does not.
  package let drift: Drift?
  private let bias: Double
  /// The spreads of weights and of factors.
  let spread: (weight: Double, factor: Double)
  private let samplers: [ZipfSampler]
  /// The effects of the first values of all fields, and where each field's begin.
  private let effects: [Effect]
  private let firstEffects: [Int]

  /// What a value does.
  struct Effect {
    var weight: Double
    var factors: SIMD4<Double>
  }

  /// A log of users, items and their surroundings.
  package static let usualFields = [
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
  ///   - strength: what effects are multiplied by; the more there are, the smaller it has to be for
  ///     clicks to be as hard to tell as in real logs.
  ///   - drift: how the log changes from day to day.
  package init(
    fields: [Field] = usualFields, seed: UInt64 = 1, zipf: Double = 1, bias: Double = -1,
    strength: Double = 1, drift: Drift? = nil
  ) {
    precondition(fields.allSatisfy { $0.cardinality >= 1 && 0...1 ~= $0.missing })
    self.fields = fields
    self.seed = seed
    self.bias = bias
    self.drift = drift
    // Scaled so that the pairs together weigh as much as the single values, however many fields.
    let pairs = Double(max(fields.count * (fields.count - 1) / 2, 1))
    let scale = (Double(max(fields.count, 1)) / (pairs * 4)).squareRoot().squareRoot() * 0.8
    let spread = (weight: 0.6 * strength, factor: scale * strength.squareRoot())
    self.spread = spread
    effects = fields.flatMap { field in
      var stream = RandomStream(seed: seed, purpose: "effects of \(field.name)")
      return (0..<field.cardinality).map { _ in Self.effect(&stream, spread) }
    }
    firstEffects = fields.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.cardinality) }
    samplers = fields.map { ZipfSampler(count: $0.cardinality, exponent: zipf) }
  }

  private static func effect(
    _ stream: inout RandomStream, _ spread: (weight: Double, factor: Double)
  ) -> Effect {
    Effect(
      weight: spread.weight * stream.normalPair().0,
      factors: spread.factor
        * SIMD4(
          stream.normalPair().0, stream.normalPair().0, stream.normalPair().0, stream.normalPair().0
        ))
  }

  /// The row of a number.
  package func row(_ number: Int) -> Row {
    var values = [Int](repeating: 0, count: fields.count)
    let (probability, isClick) = values.withUnsafeMutableBufferPointer { draw(number, into: $0) }
    return Row(values: values, probability: probability, isClick: isClick)
  }

  /// Draws the row of a number; `values` has room for one value a field.
  func draw(
    _ number: Int, into values: UnsafeMutableBufferPointer<Int>
  ) -> (probability: Double, isClick: Bool) {
    var stream = RandomStream(seed: seed &+ 0x5EED, purpose: UInt64(number))
    let day = drift?.day(of: number) ?? 0
    let turn = drift.map { Turn(angle: $0.change * Double(day)) }
    var logit = bias
    var (sum, squares) = (SIMD4<Double>.zero, SIMD4<Double>.zero)
    for field in fields.indices {
      guard let rank = rank(&stream, field) else {
        values[field] = Self.missing
        continue
      }
      let value = drift.map { self.value(of: rank, field, on: day, $0) } ?? rank
      values[field] = value
      var effect = effect(of: value, field)
      if let turn { turn.apply(to: &effect, spread, isReversed: field & 1 == 1) }
      logit += effect.weight
      sum += effect.factors
      squares += effect.factors * effect.factors
    }
    logit += ((sum * sum - squares) / 2).sum()
    let probability = 1 / (1 + exp(-logit))
    return (probability, stream.uniform() < probability)
  }

  /// A value's place by frequency, nil where it is missing.
  @inline(__always)
  private func rank(_ stream: inout RandomStream, _ field: Int) -> Int? {
    var draw = stream.uniform()
    let missing = fields[field].missing
    if missing > 0 {
      if draw < missing { return nil }
      draw = (draw - missing) / (1 - missing)
    }
    return samplers[field].rank(of: draw)
  }

  /// What a value does on the first day.
  @inline(__always)
  private func effect(of value: Int, _ field: Int) -> Effect {
    if value < fields[field].cardinality { return effects[firstEffects[field] + value] }
    var stream = RandomStream(
      seed: seed &+ 0x1A7E, purpose: UInt64(field) << 48 ^ UInt64(value))
    return Self.effect(&stream, spread)
  }
}
