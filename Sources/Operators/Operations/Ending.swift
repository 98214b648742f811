/// The activation and the dropout that end a layer, as the graph knows them: seed and step are
/// added when the network runs (see ``Epilogue``).
public struct Ending: Sendable, Hashable {
  /// The activation.
  public let activation: Activation
  /// The probability of dropping an element in training; 0 for none.
  public let dropout: Float
  /// Distinguishes this layer's dropout from the others'.
  public let layer: UInt32
}

extension Graph {
  /// An ending with a layer number of its own.
  ///
  /// - Precondition: `dropout` is in 0..<1.
  func ending(_ activation: Activation, dropout: Float) -> Ending {
    precondition((0..<1).contains(dropout), "dropout must be in 0..<1")
    return Ending(activation: activation, dropout: dropout, layer: UInt32(operations.count))
  }
}

/// An activation, and dropout, as an operation of its own.
public struct Activate: Operation {
  /// x, [rows × width].
  public let input: Value
  /// Activation and dropout.
  public let ending: Ending
  public let output: Value

  public var label: String { "\(ending.activation.rawValue) \(input.width)" }
  public var inputs: [Value] { [input] }
  public var parameters: [Parameter] { [] }

  public func cost(rows: Int) -> (forward: Cost, backward: Cost) {
    let size = rows * input.width
    return (Cost(flops: size, scalars: 2 * size), Cost(flops: 2 * size, scalars: 3 * size))
  }

  public func forward<B: Backend>(in network: Network<B>) throws {
    try network.backend.activate(
      network.epilogue(ending), width: input.width, rows: network.rows, x: network[input],
      y: network[output])
  }

  public func backward<B: Backend>(in network: Network<B>) throws {
    try network.backend.activateGradient(
      network.epilogue(ending), width: input.width, rows: network.rows, y: network[output],
      dy: network.gradient(of: output), dx: network.target(for: input))
  }
}

extension Graph {
  /// Adds an activation with optional dropout: [rows × width] to [rows × width].
  ///
  /// - Parameters:
  ///   - activation: applied to each element.
  ///   - input: x.
  ///   - dropout: the probability of dropping an element in training, in 0..<1.
  public mutating func activate(
    _ activation: Activation, _ input: Value, dropout: Float = 0
  ) -> Value {
    append(
      Activate(
        input: input, ending: ending(activation, dropout: dropout),
        output: makeValue(width: input.width)))
  }
}
