/// What follows a layer's sum, fused into the kernel that stores it: activation, then dropout.
package struct Epilogue: Sendable, Hashable {
  /// The activation.
  package var activation: Activation
  /// The dropout of this very step; nil in inference and where the rate is 0.
  package var dropout: Dropout?

  /// - Parameters:
  ///   - activation: the activation.
  ///   - dropout: this step's dropout, or nil.
  package init(_ activation: Activation, dropout: Dropout? = nil) {
    self.activation = activation
    self.dropout = dropout
  }

  /// Nothing follows.
  package static let none = Epilogue(.identity)
}

/// The epilogue of a layer as the graph knows it: seed and step are added when the network runs.
package struct EpilogueSpec: Sendable, Hashable {
  /// The activation.
  package let activation: Activation
  /// The probability of dropping an element in training; 0 for none.
  package let dropout: Float
  /// Distinguishes this layer's dropout from the others'.
  package let layer: UInt32
}

extension Graph {
  /// An epilogue with a layer number of its own.
  ///
  /// - Precondition: `dropout` is in 0..<1.
  func epilogue(_ activation: Activation, dropout: Float) -> EpilogueSpec {
    precondition((0..<1).contains(dropout), "dropout must be in 0..<1")
    return EpilogueSpec(activation: activation, dropout: dropout, layer: UInt32(operations.count))
  }
}
