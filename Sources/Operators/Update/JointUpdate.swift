import OpenCL

/// A parameter that is updated together with others: its gradient, L2 and optimizer.
struct JointTarget: Sendable {
  /// What is updated.
  let target: UpdateRegion
  /// Whether all rows of a table are updated, whose gradient is that of the batch's distinct ids in their order: no
  /// gradient is as long as the table.
  let isCompact: Bool
  let optimizer: any Optimizer
  let group: Recipe.Group
  /// λ of the L2 that is added to the gradient.
  let l2: Float

  var parameter: Parameter { target.parameter }

  /// Whether its numbers are floats; others are rounded by a key of each parameter's own.
  private var isPlain: Bool { parameter.precision == .float32 }

  /// Whether the optimizer does the same with the other at every step.
  func hasRule(of other: JointTarget) -> Bool {
    l2 == other.l2 && optimizer.isEqual(to: other.optimizer)
      && group.hasRate(of: other.group)
      && group.decay(of: parameter) == other.group.decay(of: other.parameter)
      && (parameter == other.parameter || isPlain && other.isPlain)
  }

  /// Which rows the gradient has.
  var gradientRegion: UpdateRegion {
    isCompact
      ? UpdateRegion(parameter: parameter, region: .touched, slots: target.slots) : target
  }

  /// The gradient of what is updated, with L2.
  func gradient(_ pass: ReferencePass) -> ReferenceBuffer {
    let (own, width) = (pass.gradient(of: parameter), parameter.columns)
    let gradient = ReferenceBuffer(count: max(parameter.count, own.scalars.count))
    gradientRegion.forEachRow(pass) { row, place in
      let to = gradient.row(target.region == .whole ? row : place, width: width)
      for (j, g) in own.row(place, width: width).enumerated() { to[j] = g }
    }
    target.forEachRow(pass) { row, place in
      let (w, g) = (pass[parameter].row(row, width: width), gradient.row(place, width: width))
      for j in g.indices { g[j] += Double(l2) * w[j] }
    }
    return gradient
  }
}

/// The steps of the optimizers of several parameters, with L2, in one launch, or in few: see `optimizer_gpu.cl`.
struct JointUpdate: Step {
  let targets: [JointTarget]
  private let slots: JointSlots

  init(targets: [JointTarget]) {
    self.targets = targets
    slots = JointSlots(targets, OptimizerProgram(targets.map(\.optimizer))) {
      $0.hasRule(of: $1)
    }
  }

  var section: String { Section.updates }

  func memory(capacity: Int) -> [Reservation] {
    targets.map { $0.gradientRegion.gradient(capacity: capacity) } + [.gradientScale]
      + targets.flatMap { $0.optimizer.states(of: $0.parameter) }
  }
  func scratch(capacity: Int, on backend: OpenCLBackend) -> Int { 0 }

  func run(_ pass: ReferencePass) {
    for one in targets {
      one.optimizer.update(one.target, pass, one.group, gradient: one.gradient(pass))
    }
  }

  func run(_ pass: DevicePass) throws {
    let (backend, program) = (pass.backend, slots.program)
    for launch in slots.launches(
      pass, taking: [("scale", pass[.gradientScale])], hasStates: true)
    {
      launch.take(pass) {
        program.rule(of: $0.parameter, $0.optimizer, $0.group, l2: $0.l2, pass)
      }
      let kernel = try backend.library.kernel(
        "update", of: "optimizer_gpu", for: program, with: launch.entryOptions)
      try launch.run(kernel, on: backend.queue)
    }
  }
}

/// The bound on the norm of all gradients together, as ``ClipNorm``, with the L2 that ``JointUpdate`` adds.
struct JointNorm: Step {
  /// What is updated together.
  let targets: [JointTarget]
  /// The gradients that have their L2.
  let others: [JointTarget]
  /// The tables whose other rows than those of the batch have a gradient too.
  let rests: [RestSquares]
  let limit: Float
  private let slots: JointSlots

  init(targets: [JointTarget], others: [JointTarget], rests: [RestSquares], limit: Float) {
    (self.targets, self.others, self.rests, self.limit) = (targets, others, rests, limit)
    slots = JointSlots(targets + others, OptimizerProgram(targets.map(\.optimizer))) {
      $0.l2 == $1.l2
    }
  }

  var section: String { Section.norm }

  func memory(capacity: Int) -> [Reservation] {
    (targets + others).map { $0.gradientRegion.gradient(capacity: capacity) }
      + rests.map(\.squares) + [.gradientScale]
  }

  /// A sum of squares a work-group.
  func scratch(capacity: Int, on backend: OpenCLBackend) -> Int {
    (targets.count + others.count) * JointSlots.mostGroups(on: backend) + rests.count
  }

  func run(_ pass: ReferencePass) {
    var sum = (targets + others).reduce(0) {
      $0 + $1.target.squares(pass, of: $1.gradient(pass))
    }
    for rest in rests {
      for index in 0..<rest.count { sum += pass[rest.squares.operand][index] }
    }
    pass[.gradientScale][0] = min(1, Double(limit) / (sum.squareRoot() + 1e-6))
  }

  func run(_ pass: DevicePass) throws {
    let (backend, program) = (pass.backend, slots.program)
    var offset = 0
    for launch in slots.launches(
      pass, taking: [("sums", pass.scratch), ("offset", 0)], hasStates: false)
    {
      launch.take(pass, [("sums", pass.scratch), ("offset", offset)]) {
        RuleArgument(kind: 0, rate: 0, l2: $0.l2, numbers: (0, 0, 0, 0, 0, 0, 0, 0), key: 0)
      }
      let kernel = try backend.library.kernel(
        "squares", of: "optimizer_gpu", for: program, with: launch.entryOptions)
      try launch.run(kernel, on: backend.queue)
      offset += launch.groups
    }
    for rest in rests {
      try pass.run(
        "join_squares", of: "grad_norm", items: 1,
        [
          "count": rest.count, "x": pass[rest.squares.operand], "sums": pass.scratch,
          "offset": offset,
        ])
      offset += 1
    }
    try backend.library.kernel("clip_scale", of: "optimizer_gpu", for: program).launch(
      on: backend.queue, global: [JointSlots.members], local: [JointSlots.members],
      ["count": offset, "sums": pass.scratch, "limit": limit, "scale": pass[.gradientScale]])
  }
}
