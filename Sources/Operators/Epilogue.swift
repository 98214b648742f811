/// An element-wise nonlinearity.
public enum Activation: String, Sendable, Codable, CaseIterable {
  /// x
  case identity
  /// max(x, 0)
  case relu
  /// The hyperbolic tangent.
  case tanh
  /// 1 / (1 + e^−x)
  case sigmoid
}

/// What follows a layer's sum, fused into the kernel that stores it: activation, then dropout.
public struct Epilogue: Sendable, Hashable {
  /// The activation.
  public var activation: Activation
  /// The dropout of this very step; nil in inference and where the rate is 0.
  public var dropout: Dropout?

  /// - Parameters:
  ///   - activation: the activation.
  ///   - dropout: this step's dropout, or nil.
  public init(_ activation: Activation, dropout: Dropout? = nil) {
    self.activation = activation
    self.dropout = dropout
  }

  /// Nothing follows.
  public static let none = Epilogue(.identity)
}

/// Inverted dropout by counter: whether an element is dropped is a function of seed, step, layer,
/// row and column alone.
///
/// Each element has a random byte, and becomes 0 where that is below ``threshold``; otherwise it is
/// multiplied by ``scale``. A rate is thus a multiple of 1/256, the nearest one.
///
/// Bytes are drawn bit by bit, since most rates are decided by few: bit `7 − p` of the byte of element
/// (row, column) is bit `column mod 32` of word `column mod 128 / 32` of the Philox block with counter
/// `(row, column / 128 · 8 + p, step, layer)` and key `(seed's low word, seed's high word)`.
public struct Dropout: Sendable, Hashable {
  /// The probability of dropping an element (1 − the paper's keep-probability) as it was asked for.
  public let rate: Float
  /// The run's seed.
  public let seed: UInt64
  /// The training step.
  public let step: UInt32
  /// Distinguishes the layers of a network.
  public let layer: UInt32

  /// - Precondition: `rate` is in 0..<1.
  public init(rate: Float, seed: UInt64, step: UInt32, layer: UInt32) {
    precondition((0..<1).contains(rate))
    self.rate = rate
    self.seed = seed
    self.step = step
    self.layer = layer
  }

  /// Bytes below it drop their element: the nearest to `rate` · 256, but neither 0 for a rate that is
  /// not, nor 256.
  public var threshold: Int { rate > 0 ? min(max(Int((rate * 256).rounded()), 1), 255) : 0 }
  /// What kept elements are multiplied by: 1 / (1 − threshold / 256).
  public var scale: Float { 256 / Float(256 - threshold) }
}
