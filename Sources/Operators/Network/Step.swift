/// One thing that a network does with a batch: an operation's forward or backward pass, or what follows the
/// gradients. It names the memory it works on and has an implementation for each backend.
public protocol Step: Sendable {
  /// What it is for, in a profile.
  var section: String { get }
  /// The memory it works on, beside parameters, for batches of up to `capacity` rows.
  func memory(capacity: Int) -> [Reservation]
  /// How many scalars of scratch memory its kernels use; 0 where they use none.
  func scratch(capacity: Int, on backend: OpenCLBackend) -> Int
  /// Runs it in plain Swift.
  func run(_ pass: ReferencePass) throws
  /// Runs it on a device.
  func run(_ pass: DevicePass) throws
}

/// An operation's forward pass.
struct Forward: Step {
  var operation: any Operation
  /// Whether a backward pass may follow.
  let training: Bool
  /// The rows it works on.
  var copies = RowCopies.none

  var section: String { "\(operation.label) forward" }

  func memory(capacity: Int) -> [Reservation] {
    let capacity = capacity * copies.count
    let workspace = operation.workspace(capacity: capacity, training: training)
    return (operation.inputs + [operation.output]).map {
      Reservation(
        copies.operand(of: $0), operation.label, .activations, count: capacity * $0.width)
    }
      + workspace.enumerated().map {
        Reservation(
          .workspace($0, of: operation.output), operation.label, .scratch, count: $1)
      }
  }

  func scratch(capacity: Int, on backend: OpenCLBackend) -> Int {
    operation.scratch(capacity: capacity * copies.count, on: backend)
  }
  func run(_ pass: ReferencePass) throws { try pass.with(copies) { try operation.forward(pass) } }
  func run(_ pass: DevicePass) throws { try pass.with(copies) { try operation.forward(pass) } }
}

/// An operation's backward pass.
struct Backward: Step {
  var operation: any Operation
  /// The rows it works on.
  var copies = RowCopies.none

  var section: String { "\(operation.label) backward" }

  func memory(capacity: Int) -> [Reservation] {
    (operation.inputs + [operation.output]).map {
      Reservation(
        copies.gradient(of: $0), operation.label, .gradients,
        count: capacity * copies.count * $0.width)
    }
  }

  func scratch(capacity: Int, on backend: OpenCLBackend) -> Int {
    operation.scratch(capacity: capacity * copies.count, on: backend)
  }
  func run(_ pass: ReferencePass) throws { try pass.with(copies) { try operation.backward(pass) } }
  func run(_ pass: DevicePass) throws { try pass.with(copies) { try operation.backward(pass) } }
}
