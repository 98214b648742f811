import Foundation

/// The logit of the mean probability of two passes over the same rows, with `p = σ(z)`, `q = 1 − p`:
/// `z̄ = ln (p₁ + p₂) − ln (q₁ + q₂)`, and `dz₁ = dz̄ · 2 · p₁/(p₁ + p₂) · q₁/(q₁ + q₂)`, dz₂ alike.
struct MeanOfPasses: Step {
  /// z, [2·rows × 1]: the rows of the first pass, then those of the second.
  let passes: Value
  /// z̄, [rows × 1].
  let mean: Value

  var section: String { Section.loss }

  /// Its backward pass.
  var gradient: Gradient { Gradient(passes: passes, mean: mean) }

  func memory(capacity: Int) -> [Reservation] {
    [
      Reservation(.value(passes), "passes", .activations, count: Plan.passes * capacity),
      Reservation(.value(mean), "mean of passes", .activations, count: capacity),
    ]
  }

  func scratch(capacity: Int, on backend: OpenCLBackend) -> Int { 0 }

  func run(_ pass: ReferencePass) {
    let (z, mean, rows) = (pass[passes], pass[mean], pass.rows)
    for b in 0..<rows {
      let (first, second) = (z[b], z[rows + b])
      mean[b] =
        Self.sumOfExponentials(-Self.softplus(-first), -Self.softplus(-second))
        - Self.sumOfExponentials(-Self.softplus(first), -Self.softplus(second))
    }
  }

  func run(_ pass: DevicePass) throws {
    try pass.run(
      "mean_of_passes", of: "self_ensemble", items: pass.rows,
      ["rows": pass.rows, "z": pass[passes], "mean": pass[mean]])
  }

  /// ln (1 + eˣ); ln σ(z) is −softplus(−z).
  private static func softplus(_ x: Double) -> Double { max(x, 0) + log1p(exp(-abs(x))) }

  /// ln (eᵃ + eᵇ).
  private static func sumOfExponentials(_ a: Double, _ b: Double) -> Double {
    max(a, b) + log1p(exp(-abs(a - b)))
  }

  /// The derivatives by the logits of both passes.
  struct Gradient: Step {
    let passes: Value
    let mean: Value

    var section: String { Section.loss }

    func memory(capacity: Int) -> [Reservation] {
      [
        Reservation(.gradient(of: passes), "passes", .gradients, count: Plan.passes * capacity),
        Reservation(.gradient(of: mean), "mean of passes", .gradients, count: capacity),
      ]
    }

    func scratch(capacity: Int, on backend: OpenCLBackend) -> Int { 0 }

    func run(_ pass: ReferencePass) {
      let (z, rows) = (pass[passes], pass.rows)
      let (slope, target) = (pass.gradient(of: mean), pass.target(for: passes))
      for place in 0..<Plan.passes * rows {
        let (own, other) = (z[place], z[(place + rows) % (Plan.passes * rows)])
        // p₁/(p₁ + p₂) = σ(ln p₁ − ln p₂), which no rounding makes 0/0.
        let p = Activation.sigmoid.value(
          MeanOfPasses.softplus(-other) - MeanOfPasses.softplus(-own))
        let q = Activation.sigmoid.value(MeanOfPasses.softplus(other) - MeanOfPasses.softplus(own))
        target.put(slope[place % rows] * 2 * p * q, at: place)
      }
    }

    func run(_ pass: DevicePass) throws {
      let target = pass.target(for: passes)
      try pass.run(
        "mean_of_passes_gradient", of: "self_ensemble", items: Plan.passes * pass.rows,
        [
          "rows": pass.rows, "z": pass[passes], "dmean": pass.gradient(of: mean),
          "dz": target.buffer, "accumulate": target.accumulates ? 1 : 0,
        ])
    }
  }
}
