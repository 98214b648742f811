import Features
import Foundation
import Random
import Support
import Training
import Yams

/// The settings that a study varies, and the values they may take.
///
/// ```yaml
/// space:
///   dropout: [0, 0.2, 0.5]
///   hidden: [[100, 100], [400, 400, 400]]
///   learning_rate: {from: 1e-4, to: 1e-2, scale: log}    # random search only
/// ```
package struct SearchSpace: Sendable {
  /// A setting and what it may be.
  struct Dimension: Sendable {
    let key: String
    let values: Values

    enum Values: Sendable {
      case list([String])
      case range(from: Double, to: Double, isLogarithmic: Bool, isWhole: Bool)
    }
  }

  private(set) var dimensions: [Dimension] = []

  /// Nothing varies.
  package init() {}

  /// A setting takes each of some values.
  init(_ key: String, _ values: [String]) {
    dimensions = [Dimension(key: key, values: .list(values))]
  }

  /// Whether nothing varies.
  package var isEmpty: Bool { dimensions.isEmpty }

  /// The settings that vary.
  package var keys: [String] { dimensions.map(\.key) }

  init(_ node: Node, _ place: YAMLPlace) throws {
    let known = TrainingConfiguration.settableKeys.map(\.name).filter {
      $0 != "seed" && $0 != "model"
    }
    for (key, value) in try place.mapping(node) {
      let name = key.string ?? ""
      guard known.contains(name) else { throw place.unknown(key, among: known) }
      if value.mapping != nil {
        dimensions.append(Dimension(key: name, values: try Self.range(value, place)))
        continue
      }
      let values = try place.list(value).map { try place.text($0) }
      try place.refuse(values.isEmpty ? value : nil, "no values", "at least one")
      try place.refuse(Set(values).count < values.count ? value : nil, "a value twice", "each once")
      dimensions.append(Dimension(key: name, values: .list(values)))
    }
    try place.refuse(dimensions.isEmpty ? node : nil, "an empty space", "at least one setting")
  }

  private static func range(_ node: Node, _ place: YAMLPlace) throws -> Dimension.Values {
    var (low, high): (Double?, Double?) = (nil, nil)
    var (isLogarithmic, isWhole) = (false, true)
    for (key, value) in try place.mapping(node) {
      switch key.string {
      case "from", "to":
        let number: Double = try place.number(value, "a number")
        let text = try place.text(value)
        isWhole = isWhole && Int(text) != nil
        if key.string == "from" { low = number } else { high = number }
      case "scale":
        let word = try place.text(value)
        try place.refuse(
          ["linear", "log"].contains(word) ? nil : value, "scale \"\(word)\"", "linear or log")
        isLogarithmic = word == "log"
      default: throw place.unknown(key, among: ["from", "to", "scale"])
      }
    }
    guard let low, let high, low < high, low > 0 || !isLogarithmic else {
      throw place.error(
        node, found: "no range", expected: "from below to, and above 0 on a log scale",
        remedy: "write {from: 1e-4, to: 1e-2, scale: log}")
    }
    return .range(from: low, to: high, isLogarithmic: isLogarithmic, isWhole: isWhole)
  }

  /// Every combination of the values, the last setting changing fastest; nil where a setting has a
  /// range.
  func grid() -> [[Variant.Choice]]? {
    var points: [[Variant.Choice]] = [[]]
    for dimension in dimensions {
      guard case .list(let values) = dimension.values else { return nil }
      points = points.flatMap { point in
        values.map { point + [Variant.Choice(dimension.key, $0)] }
      }
    }
    return points
  }

  /// Points by chance, no two the same; fewer where the space has fewer.
  func sample(_ count: Int, seed: UInt64) -> [[Variant.Choice]] {
    var random = RandomStream(seed: seed, purpose: "search space")
    var points: [[Variant.Choice]] = []
    var seen: Set<[Variant.Choice]> = []
    // A small space is exhausted long before so many draws.
    for _ in 0..<(100 * count) where points.count < count {
      let point = dimensions.map { Variant.Choice($0.key, $0.draw(&random)) }
      if seen.insert(point).inserted { points.append(point) }
    }
    return points
  }
}

extension SearchSpace.Dimension {
  fileprivate func draw(_ random: inout RandomStream) -> String {
    switch values {
    case .list(let values): return values[Int(random.next() % UInt64(values.count))]
    case .range(let low, let high, let isLogarithmic, let isWhole):
      let place = random.uniform()
      let value =
        isLogarithmic ? low * pow(high / low, place) : low + (high - low) * place
      // Three digits are enough to tell points apart, and can be typed again.
      return isWhole ? "\(Int(value.rounded()))" : String(format: "%.3g", value)
    }
  }
}

/// How a study goes through its space.
package struct SearchMethod: Sendable, Hashable {
  /// The number of points drawn by chance; nil for every point of the grid.
  package var samples: Int?
  /// Successive halving; nil to train every point to its end.
  package var halving: Halving?

  /// Successive halving (Jamieson and Talwalkar 2016): all points with few epochs, then the best of
  /// them with more, until one is left or training ends by itself.
  package struct Halving: Sendable, Hashable {
    /// The epochs of the first round.
    package var epochs = 1
    /// One of so many points goes on, with so many times the epochs.
    package var factor = 3

    package init(epochs: Int = 1, factor: Int = 3) {
      self.epochs = epochs
      self.factor = factor
    }
  }

  /// Every point of the grid, to its end.
  package init() {}

  mutating func read(_ key: String, _ node: Node, _ place: YAMLPlace) throws {
    switch key {
    case "search":
      let word = try place.text(node)
      try place.refuse(
        ["grid", "random"].contains(word) ? nil : node, "search \"\(word)\"", "grid or random")
      samples = word == "random" ? samples ?? 20 : nil
    case "samples":
      let count: Int = try place.number(node, "a whole number above 0")
      try place.refuse(count > 0 ? nil : node, "\(count)", "a whole number above 0")
      samples = count
    default:
      var halving = Halving()
      for (key, value) in try place.mapping(node) {
        let number: Int = try place.number(value, "a whole number")
        switch key.string {
        case "epochs":
          try place.refuse(number > 0 ? nil : value, "\(number)", "at least 1")
          halving.epochs = number
        case "factor":
          try place.refuse(number > 1 ? nil : value, "\(number)", "at least 2")
          halving.factor = number
        default: throw place.unknown(key, among: ["epochs", "factor"])
        }
      }
      self.halving = halving
    }
  }
}
