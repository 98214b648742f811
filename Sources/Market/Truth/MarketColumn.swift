import Foundation
import Random

/// What a log tells of a request and of an item.
package enum MarketColumn: Int, CaseIterable, Sendable {
  case user, age, region, device, hour
  case item, category, brand, price

  package var name: String { "\(self)" }

  /// Those of who asks, and when.
  static let ofRequest: [MarketColumn] = [.user, .age, .region, .device, .hour]
  static let ofItem: [MarketColumn] = [.item, .category, .brand, .price]

  /// How many values there are; nil where each user or item has its own.
  var cardinality: Int? {
    switch self {
    case .user, .item: nil
    case .age: 7
    case .region: 12
    case .device: 4
    case .hour: 24
    case .category: 16
    case .brand: 40
    case .price: 6
    }
  }

  /// The column's share in the effects of its side, as a deviation: the squares of a side's are 1 together.
  var share: Double {
    square.squareRoot()
  }

  private var square: Double {
    switch self {
    case .user: 0.10
    case .age: 0.40
    case .region: 0.20
    case .device: 0.05
    case .hour: 0.25
    case .item: 0.15
    case .category: 0.50
    case .brand: 0.25
    case .price: 0.10
    }
  }

  /// A value as the log writes it.
  func text(_ value: Int) -> String {
    switch self {
    case .user: "u\(value)"
    case .item: "i\(value)"
    default: "\(name)\(value)"
    }
  }

  /// The pairs of columns by how much they contribute to clicks, the strongest first.
  package static let strongestPairs: [CrossedColumns] =
    ofRequest.flatMap { first in ofItem.map { CrossedColumns(request: first, item: $0) } }
    .sorted { $0.strength > $1.strength }

  /// The crosses that stand in the log.
  static let crosses = Array(strongestPairs.prefix(10))
}

/// A column made by hand of two others: what an engineer gives a linear model in place of interactions.
package struct CrossedColumns: Sendable, Hashable {
  let request: MarketColumn
  let item: MarketColumn

  /// The share of the deviation of pair effects.
  var strength: Double { request.share * item.share }

  package var name: String { "\(request)_\(item)" }

  func text(_ request: Int, _ item: Int) -> String { "\(request)-\(item)" }
}

/// What a value does to a logit: a weight, and four factors that meet those of the other side.
struct Effect: Sendable {
  var weight = 0.0
  var factors = SIMD4<Double>.zero

  static func + (a: Effect, b: Effect) -> Effect {
    Effect(weight: a.weight + b.weight, factors: a.factors + b.factors)
  }

  static func * (a: Effect, scale: Double) -> Effect {
    Effect(weight: a.weight * scale, factors: a.factors * scale)
  }

  /// The standard normal effect of a column's value.
  init(seed: UInt64, purpose: String, _ column: MarketColumn, _ value: Int) {
    var stream = RandomStream(
      seed: seed ^ UInt64(value) &* 0x9E37_79B9_7F4A_7C15, purpose: "\(purpose) of \(column)")
    let (w, a) = stream.normalPair()
    let (b, c) = stream.normalPair()
    (weight, factors) = (w, SIMD4(a, b, c, stream.normalPair().0))
  }

  init(weight: Double = 0, factors: SIMD4<Double> = .zero) {
    (self.weight, self.factors) = (weight, factors)
  }

  /// The factors turned by an angle in two planes: as long as before, towards others.
  func turned(by angle: Double) -> Effect {
    let (c, s) = (cos(angle), sin(angle))
    let f = factors
    return Effect(
      weight: weight,
      factors: SIMD4(
        c * f[0] - s * f[1], s * f[0] + c * f[1], c * f[2] - s * f[3], s * f[2] + c * f[3]))
  }
}

func power(_ base: Double, _ exponent: Double) -> Double { pow(base, exponent) }
