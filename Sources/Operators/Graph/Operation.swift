/// A node of a graph: one operator with its inputs, its output and its parameters.
///
/// An operation owns all that is to be known of the operator: the equation and the shapes, the reference in
/// plain Swift, the launches of its kernels, their scratch memory and the cost. It holds no numbers itself:
/// a ``Pass`` has them.
///
/// Conventions:
/// - Matrices are row-major; a pass's `rows` is the number of samples of the current batch, at most the
///   capacity that buffers were made for, and may be 0.
/// - y is the output, dy the loss's derivative by it; the derivative by an input goes to a
///   ``GradientTarget``, since several operations may add to it. dy may be overwritten.
public protocol Operation: Sendable {
  /// The operator's name for tables and profiles, for instance `dense 400×400`.
  var label: String { get }
  /// The activations it reads.
  var inputs: [Value] { get }
  /// The activation it writes.
  var output: Value { get }
  /// The parameters it reads; each parameter belongs to one operation.
  var parameters: [Parameter] { get }
  /// Whether chance enters in training, so that two passes over the same rows differ from here on.
  var isRandom: Bool { get }

  /// Whether its backward pass leaves dy as it is, so that other operations may read the same memory.
  var keepsOutputGradient: Bool { get }

  /// The least work its forward and backward pass can be done with.
  func cost(rows: Int) -> (forward: Cost, backward: Cost)

  /// How many scalars each of the buffers has that the operation keeps for itself, for batches of up to
  /// `capacity` rows: what its forward pass leaves for the backward pass or the next forward pass.
  func workspace(capacity: Int, training: Bool) -> [Int]

  /// How many scalars of scratch memory its kernels use, for batches of up to `capacity` rows: 0 where they
  /// use none. What they write beyond it is somebody else's.
  func scratch(capacity: Int, on backend: OpenCLBackend) -> Int

  /// Computes the output from the inputs and parameters.
  func forward(_ pass: ReferencePass) throws
  /// Computes the derivatives by inputs and parameters from that by the output.
  func backward(_ pass: ReferencePass) throws
  /// The same on a device.
  func forward(_ pass: DevicePass) throws
  /// The same on a device.
  func backward(_ pass: DevicePass) throws

  /// Adds the nodes that compute the output as in prediction to a graph in ONNX's format.
  /// - Throws: ``NoONNXForm`` where there are none, which is what an operation does that says nothing.
  func addNodes(to pass: inout ONNXPass) throws
}

extension Operation {
  /// Most operations do the same every time.
  public var isRandom: Bool { false }

  /// Nothing is said of most.
  public var keepsOutputGradient: Bool { false }

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

  /// No work.
  static var none: Cost { Cost(flops: 0, scalars: 0) }

  static func += (total: inout Cost, other: Cost) {
    total.flops += other.flops
    total.bytes += other.bytes
  }
}
