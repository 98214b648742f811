/// A node of a graph: one operator with its inputs, its output and its parameters.
///
/// An operation knows its shapes and its cost and calls the operator of that name on whatever
/// backend the network has; it holds no numbers itself.
public protocol Operation: Sendable {
  /// The operator's name for tables and profiles, for instance `dense 400×400`.
  var label: String { get }
  /// The activations it reads.
  var inputs: [Value] { get }
  /// The activation it writes.
  var output: Value { get }
  /// The parameters it reads; each parameter belongs to one operation.
  var parameters: [Parameter] { get }

  /// The least work its forward and backward pass can be done with.
  func cost(rows: Int) -> (forward: Cost, backward: Cost)

  /// How many scalars each of the buffers has that the operation keeps for itself, for batches of up to
  /// `capacity` rows: what its forward pass leaves for the backward pass or the next forward pass.
  func workspace(capacity: Int, training: Bool) -> [Int]

  /// Computes the output from the inputs and parameters.
  func forward<B: Backend>(in network: Network<B>) throws
  /// Computes the derivatives by inputs and parameters from that by the output.
  func backward<B: Backend>(in network: Network<B>) throws
}

extension Operation {
  /// Most operations keep nothing.
  public func workspace(capacity: Int, training: Bool) -> [Int] { [] }
}

/// Work: arithmetic, and memory traffic with every operand read or written once.
public struct Cost: Sendable {
  /// Floating-point operations.
  public var flops: Double
  /// Bytes, for 4-byte scalars.
  public var bytes: Double

  /// - Parameters:
  ///   - flops: floating-point operations.
  ///   - scalars: 4-byte scalars read and written.
  public init(flops: Int, scalars: Int) {
    self.flops = Double(flops)
    self.bytes = 4 * Double(scalars)
  }
}
