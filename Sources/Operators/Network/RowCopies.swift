/// The rows that a step works on: those of the batch, or copies of them, one after the other.
struct RowCopies: Sendable {
  /// How many times the batch's rows.
  var count = 1
  /// The activations that are the same in all copies: they are computed once, and repeated for the step.
  var repeated: Set<Value> = []

  /// The batch's rows.
  static let none = RowCopies()

  /// The memory of an activation.
  func operand(of value: Value) -> Operand {
    repeated.contains(value) ? .copies(of: value) : .value(value)
  }

  /// The memory of the loss's derivative by an activation.
  func gradient(of value: Value) -> Operand {
    repeated.contains(value) ? .gradient(ofCopiesOf: value) : .gradient(of: value)
  }
}
