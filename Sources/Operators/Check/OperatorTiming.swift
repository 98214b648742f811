/// How long one pass of an operator took, and what it did in that time.
package struct OperatorTiming: Sendable {
  /// The direction of a pass.
  package enum Pass: String, Sendable {
    /// From inputs to outputs; for optimizers and their like, all there is.
    case forward
    /// From the output's derivative to those by inputs and parameters.
    case backward
  }

  /// The operator, for instance `dense`.
  package let name: String
  /// Its form, for instance `400×400 relu`.
  package let form: String
  /// The number of samples.
  package let rows: Int
  /// The direction.
  package let pass: Pass
  /// The median time of a pass.
  package let seconds: Double
  /// The least work it can be done with, in the backend's scalars.
  package let cost: Cost

  /// Floating-point operations a second, in billions.
  package var gigaflops: Double { cost.flops / seconds / 1e9 }
  /// Bytes moved a second, in billions.
  package var gigabytes: Double { cost.bytes / seconds / 1e9 }

  /// The time the device could have done it in, arithmetic or traffic whichever takes longer, as a
  /// share of the time it took.
  package func share(of ceiling: Roofline) -> Double {
    max(cost.flops / ceiling.flops, cost.bytes / ceiling.bandwidth) / seconds
  }
}

extension OperatorCase {
  /// Times the case's passes at its numbers of samples.
  package func time<B: Backend>(on backend: B) throws -> [OperatorTiming] {
    try rows.flatMap { try time(on: backend, rows: $0) }
  }

  /// Times the case's passes at one number of samples.
  func time<B: Backend>(on backend: B, rows: Int) throws -> [OperatorTiming] {
    let prepared = try setup.prepare(on: backend, rows: rows)
    _ = try prepared.run(prepared.draw(purpose: "\(name) \(form)"))
    func timing(
      _ pass: OperatorTiming.Pass, _ cost: Cost, _ work: () throws -> Void
    ) throws -> OperatorTiming {
      var cost = cost
      cost.bytes *= Double(MemoryLayout<B.Scalar>.size) / 4
      return OperatorTiming(
        name: name, form: form, rows: rows, pass: pass, seconds: try backend.medianTime(work),
        cost: cost)
    }
    let forward = try timing(.forward, prepared.cost.forward, prepared.forward)
    guard let backward = prepared.backward else { return [forward] }
    return [forward, try timing(.backward, prepared.cost.backward, backward)]
  }
}

extension Backend {
  /// The median over some samples of the time of one piece of work, queued often enough for a
  /// sample to take some milliseconds.
  func medianTime(_ work: () throws -> Void) throws -> Double {
    func seconds(repeats: Int) throws -> Double {
      let duration = try ContinuousClock().measure {
        for _ in 0..<repeats { try work() }
        try finish()
      }
      return duration / .seconds(1) / Double(repeats)
    }
    _ = try seconds(repeats: 1)
    let repeats = min(max(Int(0.01 / (try seconds(repeats: 1))), 1), 1000)
    return try (0..<7).map { _ in try seconds(repeats: repeats) }.sorted()[3]
  }
}
