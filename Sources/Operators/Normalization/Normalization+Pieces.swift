/// The mean of some numbers and the sum of their squared distances from it.
struct Moments: Equatable {
  var count: Double
  var mean: Double
  var distances: Double

  /// Divided by the count; 0 of none.
  var variance: Double { count > 0 ? distances / count : 0 }
  /// Divided by the count less one, or by one.
  var unbiasedVariance: Double { distances / max(count - 1, 1) }

  /// Those of both (Chan, Golub & LeVeque 1979).
  static func + (a: Moments, b: Moments) -> Moments {
    guard a.count > 0 else { return b }
    guard b.count > 0 else { return a }
    let (count, step) = (a.count + b.count, b.mean - a.mean)
    return Moments(
      count: count, mean: a.mean + step * (b.count / count),
      distances: a.distances + b.distances + step * step * (a.count * b.count / count))
  }
}

/// What batch normalisation does with a piece of a batch, whose statistics are those of the whole batch: each pass
/// in two, between which the pieces tell each other their sums.
struct NormalizationPart: Step {
  enum Part: Sendable {
    /// Leaves the piece's means, and its sums of squared distances from them, in the operation's `saved`.
    case moments
    /// Takes the batch's means and inverse deviations from there.
    case normalize
    /// Leaves the piece's dγ and dβ in the gradients of γ and β.
    case gradientSums
    /// Takes those of the batch, of so many rows, from there.
    case gradient(rows: Int)
  }

  let operation: Normalization
  let part: Part

  var section: String { operation.label }
  func memory(capacity: Int) -> [Reservation] { [] }
  func scratch(capacity: Int, on backend: OpenCLBackend) -> Int {
    operation.scratch(capacity: capacity, on: backend)
  }

  func run(_ pass: ReferencePass) {
    switch part {
    case .moments: operation.sumMoments(pass)
    case .normalize: operation.normalize(pass)
    case .gradientSums: operation.sumGradients(pass)
    case .gradient(let rows): operation.spreadGradients(pass, rows: rows)
    }
  }

  func run(_ pass: DevicePass) throws {
    switch part {
    case .moments: try operation.sumMoments(pass)
    case .normalize: try operation.normalize(pass)
    case .gradientSums: try operation.sumGradients(pass)
    case .gradient(let rows): try operation.spreadGradients(pass, rows: rows)
    }
  }
}
