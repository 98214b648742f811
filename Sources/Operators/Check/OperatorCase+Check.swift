import Foundation
import Random

extension OperatorTable {
  /// How far a result in floats may be from the exact one, relative to the largest of its numbers.
  ///
  /// - Parameter terms: how many products a number is a sum of, at most.
  static func tolerance(terms: Int) -> Double {
    8 * Double(Float.ulpOfOne) * Double(terms).squareRoot()
  }

  /// Checks operators of a backend against the reference, one case and size after the other, as
  /// the sequence is read.
  ///
  /// - Parameters:
  ///   - backend: what to check.
  ///   - cases: which operators and forms.
  ///   - limit: leaves out numbers of samples above it.
  ///   - many: whether to try `OperatorCase.manyRows` samples as well.
  ///   - precision: how far a product's factors are rounded beyond floats, relative to their size.
  ///   - differences: whether to hold the reference's own gradients against finite differences, which is
  ///     the same for every backend.
  public static func check<B: Backend>(
    on backend: B, cases: [OperatorCase] = cases, upTo limit: Int = .max, many: Bool = false,
    precision: Double = 0, differences: Bool = true
  ) -> some Sequence<CheckResult> {
    cases.lazy.flatMap { entry in
      (entry.rows + (many ? [OperatorCase.manyRows] : [])).lazy.filter { $0 <= limit }
        .map {
          entry.check(on: backend, rows: $0, precision: precision, differences: differences)
        }
    }
  }
}

extension OperatorCase {
  /// The largest number of samples at which gradients are held against finite differences.
  static let differenceRows = 17

  /// Runs the case on the backend and on the reference with the same numbers and compares outputs
  /// and gradients; at small sizes also the reference's gradients with finite differences.
  ///
  /// An error of the backend is a failure of the case, not thrown.
  ///
  /// - Parameters:
  ///   - precision: how far a product's factors are rounded beyond floats, relative to their size.
  ///   - differences: whether to look at the reference's gradients.
  package func check<B: Backend>(
    on backend: B, rows: Int, precision: Double = 0, differences: Bool = true
  ) -> CheckResult {
    var result = CheckResult(name: name, form: form, rows: rows, precision: precision)
    do {
      let reference = try setup.prepare(on: ReferenceBackend(), rows: rows)
      let numbers = reference.draw(purpose: "\(name) \(form) \(rows)")
      let expected = try reference.run(numbers)
      func run() throws -> CaseResult {
        try setup.prepare(on: backend, rows: rows)
          .run(numbers, output: expected.outputs[0].values)
      }
      let found = try (backend as? OpenCLBackend)?.guardingSlack(run) ?? run()

      result.tolerance =
        OperatorTable.tolerance(terms: reference.terms) * Double(reference.operations)
        + 16 * precision
      for (index, slot) in reference.outputs.enumerated() {
        let error = result.compare(
          found.outputs[index], expected.outputs[index], slot.name, unit: slot.unit,
          isRounded: slot.isRounded)
        result.forwardError = max(result.forwardError, error)
      }
      for (index, slot) in reference.gradients.enumerated() {
        let error = result.compare(
          found.gradients[index], expected.gradients[index], "the gradient by \(slot.name)",
          unit: slot.unit)
        result.gradientError = max(result.gradientError ?? 0, error)
      }
      if differences, rows <= Self.differenceRows, reference.seed != nil {
        try result.compareWithDifferences(reference, numbers, expected)
      }
    } catch {
      result.failure = "\(error)"
    }
    return result
  }
}

extension CheckResult {
  /// Notes the first number that is further from the expected one than rounding explains.
  ///
  /// - Parameter isRounded: whether numbers are rounded at random to bfloat16. Those that before were within a float's
  ///   rounding of what decides between their neighbours may be either of these: few are.
  /// - Returns: the largest error relative to the scale of the expected numbers; infinite where one
  ///   is not a number, or not exact but should be.
  mutating func compare(
    _ found: Tensor, _ expected: Tensor, _ what: String, unit: Double, isRounded: Bool = false
  ) -> Double {
    let largest = expected.values.reduce(0) { max($0, abs($1)) }
    let scale = max(largest, unit) > 0 ? max(largest, unit) : 1
    var (worst, first) = (0.0, Int?.none)
    var (missed, all) = (0.0, 0.0)
    var undecided = isRounded ? 1 + expected.values.count / 32 : 0
    for index in 0..<min(found.values.count, expected.values.count) {
      let (value, right) = (found.values[index], expected.values[index])
      let isExact = !expected.isExact.isEmpty && expected.isExact[index]
      var error = abs(value - right) / scale
      if error.isNaN || (isExact && value != right) { error = .infinity }
      if error > tolerance, error <= 0x1p-6, undecided > 0 {
        undecided -= 1
        continue
      }
      if error > tolerance { first = first ?? index }
      worst = max(worst, error)
      missed += (value - right) * (value - right)
      all += right * right
    }
    // A relu's input near 0 may take either side: then a few numbers are far off, which together are little.
    if precision > 0, worst > tolerance, worst.isFinite {
      let share = (missed / max(all, .leastNormalMagnitude) / precision).squareRoot() / 6
      if share <= 1 { (worst, first) = (share * tolerance, nil) }
    }
    if let first, failure == nil {
      let isExact = !expected.isExact.isEmpty && expected.isExact[first]
      failure =
        "\(what): number \(first) of \(expected.values.count) is \(found.values[first]), but should be "
        + "\(expected.values[first])" + (isExact ? " exactly" : "")
    }
    return worst
  }

  /// Holds the reference's gradients against central differences of its objective, along a few
  /// random directions for each input.
  ///
  /// A kink within the larger of two step sizes is rarely within the smaller one, hence the better
  /// of both counts; a wrong gradient is wrong at any.
  mutating func compareWithDifferences(
    _ prepared: PreparedCase<ReferenceBackend>, _ numbers: [String: [Double]], _ result: CaseResult
  ) throws {
    let objective = abs(try prepared.objective(numbers))
    for (slot, gradient) in zip(prepared.gradients, result.gradients) {
      let point = numbers[slot.name, default: []]
      let scale = gradient.values.reduce(objective + 0.1) { $0 + abs($1) }
      for direction in 0..<3 {
        var random = RandomStream(seed: 4, purpose: "\(slot.name) direction \(direction)")
        let signs = point.map { _ in random.nextWord() & 1 == 0 ? 1.0 : -1.0 }
        let slope = zip(gradient.values, signs).reduce(0) { $0 + $1.0 * $1.1 }
        func error(step: Double) throws -> Double {
          let sides = try [step, -step].map { step in
            var moved = numbers
            moved[slot.name] = zip(point, signs).map { $0 + step * $1 }
            return try prepared.objective(moved)
          }
          return abs((sides[0] - sides[1]) / (2 * step) - slope) / scale
        }
        var smallest = try error(step: 1e-5)
        if !(smallest <= Self.differenceTolerance) { smallest = try error(step: 1e-8) }
        differenceError = max(differenceError ?? 0, smallest.isNaN ? .infinity : smallest)
        if !(smallest <= Self.differenceTolerance), failure == nil {
          failure =
            "the reference's gradient by \(slot.name) differs from finite differences by "
            + "\(smallest) of its scale"
        }
      }
    }
  }

  /// The bound of ``differenceError``: outputs are rounded to single precision before the backward
  /// pass, which the finite differences do not know of.
  private static let differenceTolerance = 1e-6
}
