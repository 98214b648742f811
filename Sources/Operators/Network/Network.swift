import Data

/// A graph with its numbers on a backend: it predicts, and where it has a recipe, it learns.
///
/// All memory is planned, checked against the device and made in the initializer.
package final class Network<B: Backend> {
  /// What is done with a batch.
  package let plan: Plan
  /// All memory there is to it.
  package let memory: MemoryPlan
  /// What the network runs on.
  package let backend: B
  /// The run's seed.
  package let seed: UInt64
  /// The current batch and the network's memory.
  package let pass: Pass<B>
  /// Whether what steps make of the parameters alone is as the parameters are.
  var isPrepared = false

  /// Plans, checks and makes all memory, and initializes parameters.
  ///
  /// - Parameters:
  ///   - graph: the model.
  ///   - logits: its output, [rows × 1].
  ///   - backend: what to run on.
  ///   - capacity: the largest batch, in rows.
  ///   - recipe: how parameters are updated; nil for inference only.
  ///   - seed: of initial values and dropout.
  ///   - keepsGradients: whether the backward pass leaves the gradients of all tables, also where a
  ///     table's update could sum them up.
  /// - Throws: ``MemoryPlanError`` where the plan does not fit, or the backend's own error.
  package convenience init(
    graph: Graph, logits: Value, backend: B, capacity: Int, recipe: Recipe?, seed: UInt64,
    keepsGradients: Bool = false
  ) throws {
    try self.init(
      graph: graph, logits: logits, backend: backend, capacity: capacity, recipe: recipe,
      seed: seed, keepsGradients: keepsGradients, role: .whole)
  }

  /// The same for a part of what training does, see ``PieceNetwork``.
  init(
    graph: Graph, logits: Value, backend: B, capacity: Int, recipe: Recipe?, seed: UInt64,
    keepsGradients: Bool, role: NetworkRole<B>
  ) throws {
    var plan = Plan(
      graph: graph, logits: logits, capacity: capacity, recipe: recipe,
      keepsGradients: keepsGradients)
    backend.fuse(&plan)
    let finds = plan.findsUniqueIDs
    plan.keep(role)
    let scratch = plan.steps.map { backend.scratch(for: $0, capacity: capacity) }.max() ?? 0
    let input = backend.inputMemory(
      layout: graph.layout, capacity: capacity, findsUniqueIDs: finds)
    let shared = role.parameters(of: graph)
    memory = MemoryPlan(
      plan, input: input, scratch: scratch, scalarSize: MemoryLayout<B.Scalar>.size,
      without: Set(shared.keys))
    try memory.check(against: backend.memoryLimits)
    try backend.reserveScratch(count: scratch)
    pass = Pass(
      on: backend,
      input: try backend.makeInput(
        layout: graph.layout, capacity: capacity, findsUniqueIDs: finds),
      recipe: recipe, seed: seed, buffers: shared)
    pass.aliases = plan.aliases
    try pass.make(memory.reservations)
    (self.plan, self.backend, self.seed) = (plan, backend, seed)
    if shared.isEmpty { try initialize() }
    // Drivers get memory when it is first written to: if there is none, that is known before the first step.
    try backend.finish()
  }

  /// The model.
  package var graph: Graph { plan.graph }
  /// The largest batch, in rows.
  package var capacity: Int { plan.capacity }
  /// How parameters are updated; nil for inference only.
  package var recipe: Recipe? { plan.recipe }
  /// The number of samples of the current batch.
  package var rows: Int { pass.rows }
  /// How many training steps have been made.
  package internal(set) var step: Int {
    get { pass.step }
    set { pass.step = newValue }
  }

  /// Gives every parameter its initial value, and every optimizer its initial state.
  func initialize() throws {
    if let scale = pass.buffer(.gradientScale) { try backend.fill(scale, with: 1, count: 1) }
    // In pieces: a table may be most of what the memory holds. An even number of rows begins at an
    // even number, as initializers want it.
    for parameter in graph.parameters {
      let piece = max((1 << 22) / max(parameter.columns, 1), 2) & ~1
      for first in stride(from: 0, to: parameter.rows, by: piece) {
        let (start, end) = (first, min(first + piece, parameter.rows))
        let values = parameter.initializer.values(
          start * parameter.columns..<end * parameter.columns, of: parameter, seed: seed)
        try initialize(parameter, to: values.map(B.Scalar.init), fromRow: start)
        if parameter.rows > piece { try backend.finish() }
      }
    }
  }

  /// Sets some rows of a parameter to these values, from the `first` row on, and the optimizer's state
  /// there to that before the first step.
  func initialize(_ parameter: Parameter, to values: [B.Scalar], fromRow first: Int = 0) throws {
    (isPrepared, pass.areTablesNew) = (false, true)
    try backend.write(values, to: pass[parameter], at: first * parameter.columns)
    guard let recipe, parameter.isTrained else { return }
    let rows = values.count / max(parameter.columns, 1)
    let optimizer = recipe.optimizer(of: parameter)
    for (index, state) in type(of: optimizer).states.enumerated() {
      try backend.write(
        optimizer.initialState(
          index, of: values, rows: rows, rate: recipe[parameter.group].rate),
        to: pass[.state(index, of: parameter)],
        at: first * (state.isPerRow ? 1 : parameter.columns))
    }
  }

  /// Makes `batch` the current one.
  ///
  /// - Precondition: it has at most `capacity` rows and the graph's layout.
  package func load(_ batch: Batch) throws {
    precondition(batch.rows <= capacity && batch.layout == graph.layout)
    backend.begin(Section.input)
    try backend.upload(batch, to: pass.input)
  }

  /// Computes the logits of the current batch.
  ///
  /// - Parameters:
  ///   - training: whether dropout acts, batch statistics are used and a backward pass may follow.
  ///   - reusing: whether the parameters are those of the last pass.
  package func forward(training: Bool, reusing: Bool = false) throws {
    (pass.isTraining, pass.reusesPrepared) = (training, reusing)
    try pass.run(training ? plan.forward : plan.inference)
  }

  /// Computes all gradients from that of the logits.
  package func backward() throws {
    pass.beginBackward()
    try pass.run(plan.backward)
  }

  /// The click probabilities of a batch, [rows].
  package func predict(_ batch: Batch) throws -> [B.Scalar] {
    try load(batch)
    try forward(training: false, reusing: isPrepared)
    isPrepared = true
    try pass.run(plan.probabilities)
    return try backend.read(pass[plan.logits], count: rows)
  }
}
