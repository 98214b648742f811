import Data
import Features
import Operators
import Training

extension Verification {
  /// One step that both began with the same numbers.
  package struct StepCheck: Sendable {
    /// The losses.
    package let losses: Step
    /// The parameter whose gradient is furthest apart: `‖device − reference‖ / ‖reference‖`.
    package let gradient: Distance
    /// The parameter whose change is furthest apart, in the same measure.
    package let change: Distance
  }

  /// How far two versions of a parameter's numbers are apart, relative to the reference's norm.
  package struct Distance: Sendable {
    /// The parameter's name.
    package let parameter: String
    /// The distance; infinite where a number is none.
    package let value: Double
  }

  /// Trains on both, and sets both to the same numbers before each step: those of the reference,
  /// rounded to single precision.
  ///
  /// Two trainings that go on by themselves drift apart by rounding alone; here nothing adds up, so
  /// that every step can be held to the precision of one. A relu's unit within rounding of 0 still
  /// takes part on one side only, which one sample's share of the gradient shows.
  ///
  /// - Parameters: as those of ``run(_:configuration:backend:steps:cancellation:report:)``.
  package static func runStepwise<B: Backend>(
    _ data: TrainingData, configuration: TrainingConfiguration, backend: B, steps count: Int,
    cancellation: Cancellation = Cancellation(), report: (StepCheck) -> Void = { _ in }
  ) throws -> [StepCheck] {
    let device = try Trainer(data, configuration: configuration, backend: backend).network
    let reference = try Trainer(
      data, configuration: configuration, backend: ReferenceBackend()
    ).network
    var checks: [StepCheck] = []
    try forEachBatch(
      of: data, configuration, batchSize: device.capacity, count: count, cancellation
    ) { batch in
      let before = try reference.snapshot().map { Double(Float($0)) }
      try reference.restore(before)
      try device.restore(before.map { B.Scalar($0) })
      try reference.train(batch)
      try device.train(batch)
      checks.append(try compare(reference, device, from: before, step: checks.count + 1))
      report(checks[checks.count - 1])
    }
    return checks
  }

  /// Holds a step that both networks have just made from the same numbers against each other.
  static func compare<B: Backend>(
    _ reference: Network<ReferenceBackend>, _ device: Network<B>, from before: Snapshot<Double>,
    step: Int
  ) throws -> StepCheck {
    let (expected, found) = (try reference.snapshot(), try device.snapshot())
    let (slopes, foundSlopes) = (try reference.gradients(), try device.gradients())
    let trained = reference.graph.parameters.filter(\.isTrained)
    let names = trained.map(\.name)
    // Gradients that are applied while they are summed show in the change alone.
    let gradient = names.filter { foundSlopes[$0] != nil }.map { name in
      Distance(parameter: name, value: distance(slopes[name] ?? [], foundSlopes[name] ?? []))
    }
    let change = trained.map { parameter in
      let name = parameter.name
      return Distance(
        parameter: name,
        value: distance(
          expected.parameters[name] ?? [], found.parameters[name] ?? [],
          from: before.parameters[name],
          // Next to what decides between two numbers of bfloat16 either is right.
          rounding: parameter.precision == .bfloat16 ? 0x1p-7 : Double(Float.ulpOfOne)))
    }
    return StepCheck(
      losses: Step(
        step: step, reference: try reference.losses().last,
        device: Double(try device.losses().last)),
      gradient: gradient.max { $0.value < $1.value } ?? Distance(parameter: "", value: 0),
      change: change.max { $0.value < $1.value } ?? Distance(parameter: "", value: 0))
  }

  /// Batches as in training, in as many epochs as it takes.
  static func forEachBatch(
    of data: TrainingData, _ configuration: TrainingConfiguration, batchSize: Int, count: Int,
    _ cancellation: Cancellation, _ body: (Batch) throws -> Void
  ) throws {
    var (made, epoch) = (0, 1)
    while made < count, !cancellation.isCancelled {
      let loader = BatchLoader(
        data.training, batchSize: batchSize,
        order: .shuffled(seed: configuration.seed, epoch: epoch))
      for batch in loader.prefix(count - made) where !cancellation.isCancelled {
        try body(batch)
        made += 1
      }
      epoch += 1
    }
  }

  /// ‖found − expected‖ / ‖expected − origin‖, with 0 / 0 = 0; differences within the rounding of the
  /// numbers themselves count for nothing.
  private static func distance<Scalar: BinaryFloatingPoint>(
    _ expected: [Double], _ found: [Scalar], from origin: [Double]? = nil,
    rounding: Double = Double(Float.ulpOfOne)
  ) -> Double {
    guard expected.count == found.count else { return .infinity }
    var (difference, size) = (0.0, 0.0)
    for (index, right) in expected.enumerated() {
      let start = origin?[index] ?? 0
      let gap = abs(Double(found[index]) - right)
      if gap.isNaN { return .infinity }
      if origin == nil || gap > abs(right) * rounding { difference += gap * gap }
      size += (right - start) * (right - start)
    }
    return difference == 0 ? 0 : (difference / size).squareRoot()
  }
}

extension Snapshot {
  /// The same numbers as another type's, or rounded.
  func map<Other: Sendable>(_ number: (Scalar) -> Other) -> Snapshot<Other> {
    Snapshot<Other>(
      step: step, parameters: parameters.mapValues { $0.map(number) },
      states: states.mapValues { $0.map { $0.map(number) } })
  }
}
