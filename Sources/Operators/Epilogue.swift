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
/// Element (row, column) takes lane `column mod 4` of the Philox block with counter
/// `(row, column / 4, step, layer)` and key `(seed's low word, seed's high word)`. It becomes 0
/// where that word is below ``threshold`` and is multiplied by ``scale`` otherwise.
public struct Dropout: Sendable, Hashable {
  /// The probability of dropping an element, in 0..<1 (1 − the paper's keep-probability).
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

  /// Words below it drop their element.
  public var threshold: UInt32 { UInt32(Double(rate) * 4_294_967_296) }
  /// What kept elements are multiplied by: 1 / (1 − rate).
  public var scale: Float { 1 / (1 - rate) }
}
