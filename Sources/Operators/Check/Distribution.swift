import Random

/// How the numbers of an input are drawn. All can be represented in single precision, so that both
/// backends get the same.
enum Distribution {
  /// ±[0.1, 1.1): of size 1, and not near the kink of relu.
  case signed
  /// [0.1, 1.1).
  case positive
  /// [-8, 8), and every fifth ±90.
  case logits
  /// All the same.
  case constant(Double)

  /// `count` numbers for a purpose; the same on every run.
  func numbers(_ count: Int, purpose: String) -> [Double] {
    var random = RandomStream(seed: 1, purpose: purpose)
    return (0..<count).map { index in
      let magnitude = Double(Float(random.uniform() + 0.1))
      let sign: Double = random.nextWord() & 1 == 0 ? 1 : -1
      return switch self {
      case .signed: sign * magnitude
      case .positive: magnitude
      case .logits: index % 5 == 4 ? sign * 90 : sign * 8 * (magnitude - 0.0999755859375)
      case .constant(let number): number
      }
    }
  }
}
