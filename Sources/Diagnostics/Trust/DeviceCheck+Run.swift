import Data
import OpenCL
import Operators
import Random
import Support
import Training

extension DeviceCheck {
  /// Makes the check in this process. A driver may crash or hang at it: see ``DeviceTrust``.
  ///
  /// - Throws: what the device or the model's own memory plan refuses.
  package func run() throws -> DeviceVerdict {
    let clock = ContinuousClock.now
    let configuration = try TrainingConfiguration(
      TrainingSettings(yaml: settings, name: "configuration"))
    let backend = try OpenCLBackend(Device.select(device), products: products)
    switch tables {
    case .pieces: backend.piecesOfTables = Self.bytesOfPiece
    case .host: backend.tablePlacement = .host
    case nil: break
    }
    // The batches below ask for few sizes of tiles, those to come perhaps for others. Tensor cores were tried where the
    // backend was made.
    if !backend.products.usesTensorCores { try backend.checkTiles() }
    var errors: [Error] = []
    // A relu's input within rounding of 0 may take either side: what is wrong is so on other rows too.
    for seed in 1...3 where errors.isEmpty || errors[errors.count - 1].share > 1 {
      errors.append(try largestError(configuration, on: backend, seed: UInt64(seed)))
    }
    let best = errors.min { $0.share < $1.share }!
    var verdict = DeviceVerdict(
      fault: best.share <= 1 ? nil : try describe(best, on: backend), largestShare: best.share)
    verdict.seconds = (ContinuousClock.now - clock).seconds
    return verdict
  }

  /// Tables are cut into pieces of as many bytes: the shortest that there are.
  private static let bytesOfPiece = 1 << 15

  /// The largest difference between device and reference, as a share of what rounding may make.
  private struct Error {
    var share = 0.0
    var place = ""

    mutating func take(_ difference: Double, allowed: Double, _ place: @autoclosure () -> String) {
      let share = difference.isNaN ? .infinity : difference / allowed
      if share > self.share { (self.share, self.place) = (share, place()) }
    }
  }

  private func largestError(
    _ configuration: TrainingConfiguration, on backend: OpenCLBackend, seed: UInt64
  ) throws -> Error {
    let rows = try rows(configuration)
    let recipe = purpose == .training ? configuration.recipe : nil
    func network<B: Backend>(on backend: B) throws -> Network<B> {
      try configuration.network(layout: layout, capacity: rows, recipe: recipe, on: backend)
    }
    let (device, reference) = (try network(on: backend), try network(on: ReferenceBackend()))
    let batches = [rows, rows / 2 | 1].map { batch(rows: $0, seed: seed &+ UInt64($0)) }
    var start = try reference.snapshot()
    start.perturb(
      seed: seed,
      large: Set(reference.graph.parameters.filter { $0.group == .embedding }.map(\.name)))
    let precision = products.precision
    var error = Error()
    // A training predicts as well: that is what it is judged by.
    try reference.restore(start)
    try device.restore(start.map { Float($0) })
    for batch in batches {
      let (expected, found) = (try reference.predict(batch), try device.predict(batch))
      for (right, probability) in zip(expected, found) {
        error.take(
          abs(right - Double(probability)), allowed: max(2e-5, 4 * precision), "a probability")
      }
    }
    guard purpose == .training else { return error }
    // The optimizers' numbers are made as large as most of the gradient's: a step then follows the gradient
    // smoothly, and shows what went wrong in it. By its largest ones, those of a frequent feature, old
    // moments would be most of the step of all others.
    try reference.restore(start)
    try reference.train(batches[0])
    let sizes = try reference.gradients().mapValues { gradient in
      let count = gradient.count { $0 != 0 }
      return (gradient.reduce(0) { $0 + $1 * $1 } / Double(max(count, 1))).squareRoot()
    }
    for (name, states) in start.states {
      let size = max(sizes[name] ?? 0, 1e-6)
      start.states[name] = states.map { $0.map { _ in Double(Float(size * size / 4)) } }
    }
    start.step = 3
    func train(on batch: Batch) throws {
      try reference.restore(start)
      try device.restore(start.map { Float($0) })
      try reference.train(batch)
      try device.train(batch)
      let check = try Verification.compare(
        reference, device, from: start, step: 1)
      error.take(
        check.losses.relativeDifference, allowed: max(2e-5, 8 * precision), "the loss")
      let allowed = max(2e-3, 32 * precision)
      error.take(
        check.gradient.value, allowed: allowed, "the gradient of \(check.gradient.parameter)")
      error.take(check.change.value, allowed: allowed, "the step of \(check.change.parameter)")
    }
    for batch in batches { try train(on: batch) }
    // The tables' L2 is little of the norm that bounds gradients: rows without weight leave nothing
    // but L2, and large numbers make most of it the tables'.
    if configuration.clipNorm > 0 {
      for table in reference.graph.parameters where table.kind == .table {
        start.parameters[table.name] = start.parameters[table.name]?.map { 32 * $0 }
      }
      try train(on: batch(rows: 3, weight: 0, seed: seed))
    }
    return error
  }

  /// As many rows as take the reference about a second: more than a chunk of sums has, fewer than a
  /// training's batches.
  private func rows(_ configuration: TrainingConfiguration) throws -> Int {
    let (graph, _) = try configuration.graph(layout: layout)
    let work = graph.operations.reduce(0) {
      let cost = $1.cost(rows: 1)
      return $0 + cost.forward.flops + cost.backward.flops
    }
    return max(67, min(Int(3e8 / max(work, 1)), 300))
  }

  /// - Parameter weight: that of each row; nil for random ones.
  private func batch(rows: Int, weight: Float? = nil, seed: UInt64) -> Batch {
    var random = RandomStream(seed: seed, purpose: "device check")
    let ids = (0..<rows * layout.slots).map { place -> Int32 in
      let range =
        layout.fieldFeatures?[layout.slotFields[place % layout.slots]] ?? 0..<layout.features
      // Some ids are far more frequent than others, as in logs; a few slots are empty.
      let (position, isAbsent) = (random.uniform(), random.uniform() < 0.05)
      guard !isAbsent, !range.isEmpty else { return Batch.absent }
      return Int32(range.lowerBound + Int(position * position * Double(range.count)))
    }
    func numbers(_ count: Int) -> [Float] { (0..<count).map { _ in Float(random.uniform() + 0.1) } }
    var values = layout.weighted ? numbers(ids.count) : nil
    // Of lists that another field weighs the mean is taken: with other values their vectors would be many times as long.
    for list in layout.attention ?? [] {
      let slots = layout.slotFields.indices.filter { layout.slotFields[$0] == list.field }
      for row in 0..<rows {
        let present = slots.map { row * layout.slots + $0 }.filter { ids[$0] != Batch.absent }
        for place in present { values?[place] = 1 / Float(present.count) }
      }
    }
    return Batch(
      layout: layout, ids: ids, values: values,
      labels: (0..<rows).map { _ in Float(random.nextWord() & 1) },
      weights: weight.map { Array(repeating: $0, count: rows) } ?? numbers(rows))
  }

  /// What is wrong, with the operators of the table that are wrong by themselves.
  private func describe(_ error: Error, on backend: OpenCLBackend) throws -> String {
    var wrong: [String] = []
    // The operators' own tables lie where kernels work on them.
    (backend.tablePlacement, backend.piecesOfTables) = (.device, nil)
    let cases = OperatorTable.names.flatMap { OperatorTable.fewCases(of: $0) }
    for result in OperatorTable.check(on: backend, cases: cases, upTo: 31) where !result.passed {
      if !wrong.contains(result.name) { wrong.append(result.name) }
    }
    let size = error.share.isFinite ? "\(Int(min(error.share, 1e9).rounded(.up))) times" : "beyond"
    return "\(error.place) is off by \(size) what rounding explains"
      + (wrong.isEmpty ? "" : "; wrong operators: \(wrong.joined(separator: ", "))")
  }
}

extension Snapshot<Double> {
  /// Moves all numbers away from what they start at, so that none is 0 and nothing is symmetric.
  ///
  /// - Parameter large: the parameters that are moved far.
  fileprivate mutating func perturb(seed: UInt64, large: Set<String>) {
    for (name, values) in parameters {
      var random = RandomStream(seed: seed, purpose: "perturbed \(name)")
      // Vectors are made so large that each term with them is much of the logits and their gradients.
      let size = large.contains(name) ? 1 : 0.1
      parameters[name] = values.map { value in
        // Running variances stay above 0.
        let moved = value == 1 ? 1 + random.uniform() : value + size * (random.uniform() - 0.5)
        return Double(Float(moved))
      }
    }
  }
}
