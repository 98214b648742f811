/// What every backend's input can tell of the batch it holds.
public protocol BatchInput {
  /// The number of samples.
  var rows: Int { get }
}

/// Where an operator leaves the derivative by one of its inputs.
public struct GradientTarget<Buffer> {
  /// The gradient's memory.
  public let buffer: Buffer
  /// Whether to add to what another operator left there, rather than overwrite it.
  public let accumulates: Bool

  /// - Parameter accumulates: whether to add rather than overwrite.
  public init(_ buffer: Buffer, accumulates: Bool = false) {
    self.buffer = buffer
    self.accumulates = accumulates
  }
}
