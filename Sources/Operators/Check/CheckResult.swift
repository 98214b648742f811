/// What the check of one case at one size found.
public struct CheckResult: Sendable {
  /// The operator, for instance `dense`.
  public let name: String
  /// Its form, for instance `33×7 relu`.
  public let form: String
  /// The number of samples.
  public let rows: Int
  /// How far a product's factors are rounded beyond floats, relative to their size.
  public let precision: Double
  /// The largest error of the outputs, relative to their scale.
  public internal(set) var forwardError = 0.0
  /// The largest error of the gradients, relative to their scale; nil where there are none.
  public internal(set) var gradientError: Double?
  /// The largest error of the reference's gradients against central differences, relative to the
  /// sum of the gradients' sizes; nil where it was not measured.
  public internal(set) var differenceError: Double?
  /// What is allowed for the first two: 8·ε·√n for each operation that a number passes through,
  /// with ε that of single precision and n the number of numbers summed into one. Correct kernels
  /// need a few hundredths of it. 16 times ``precision`` is added.
  public internal(set) var tolerance = 0.0
  /// What was wrong, in one line; nil if nothing.
  public internal(set) var failure: String?

  /// Whether all was within bounds.
  public var passed: Bool { failure == nil }
  /// The larger of the forward and the gradient error.
  public var error: Double { max(forwardError, gradientError ?? 0) }
}
