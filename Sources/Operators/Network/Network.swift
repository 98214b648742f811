import Cluster
import Data
import Support

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
  /// The tables that are worked on in windows; nil where each lies in one buffer.
  let stored: StoredTables?
  /// Numbers the ids of batches as rows of windows.
  let numbering: WindowNumbering?
  /// Whether what steps make of the parameters alone is as the parameters are.
  var isPrepared = false
  /// Where loaders leave batches for the device; nil where they are used where they are.
  package private(set) lazy var places = makePlaces()

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
  ///   - frequentIDs: the ids that occur most often in the training rows, ascending, so many at most: their rows are
  ///     kept on the device where tables lie in the host's memory.
  /// - Throws: ``MemoryPlanError`` where the plan does not fit, or the backend's own error.
  package convenience init(
    graph: Graph, logits: Value, backend: B, capacity: Int, recipe: Recipe?, seed: UInt64,
    keepsGradients: Bool = false, frequentIDs: ((Int) -> [Int32])? = nil
  ) throws {
    try self.init(
      graph: graph, logits: logits, backend: backend, capacity: capacity, recipe: recipe,
      seed: seed, keepsGradients: keepsGradients, role: .whole, frequentIDs: frequentIDs)
  }

  /// The same for a part of what training does, see ``PieceNetwork``.
  ///
  /// - Parameter ranks: those that may share the rows of tables; each of them makes the same network.
  init(
    graph: Graph, logits: Value, backend: B, capacity: Int, recipe: Recipe?, seed: UInt64,
    keepsGradients: Bool, role: NetworkRole<B>, ranks: any Communicator = Alone(),
    frequentIDs: ((Int) -> [Int32])? = nil
  ) throws {
    let wish = Arrangement.Wish(
      graph: graph, logits: logits, backend: backend, capacity: capacity, recipe: recipe,
      keepsGradients: keepsGradients, role: role, ranks: ranks, frequentIDs: frequentIDs)
    let arrangement = try Arrangement.fitting(wish)
    let (plan, shared) = (arrangement.plan, role.parameters(of: graph))
    (memory, stored, self.recipe) = (arrangement.memory, arrangement.stored, recipe)
    numbering = stored.map { WindowNumbering($0.windows) }
    try backend.reserveScratch(count: arrangement.scratch)
    pass = Pass(
      on: backend,
      input: try backend.makeInput(
        layout: plan.graph.layout, capacity: capacity,
        findsUniqueIDs: arrangement.findsUniqueIDs),
      recipe: plan.recipe, seed: seed, buffers: shared)
    pass.aliases = plan.aliases
    try pass.make(memory.reservations)
    (self.plan, self.backend, self.seed) = (plan, backend, seed)
    if shared.isEmpty { try initialize() }
    // Drivers get memory when it is first written to: if there is none, that is known before the first step.
    try backend.finish()
  }

  /// The model, whose tables have all rows.
  package var graph: Graph { stored?.graph ?? plan.graph }
  /// The largest batch, in rows.
  package var capacity: Int { plan.capacity }
  /// How parameters are updated; nil for inference only.
  package let recipe: Recipe?
  /// The number of samples of the current batch.
  package var rows: Int { pass.rows }
  /// How many training steps have been made.
  package internal(set) var step: Int {
    get { pass.step }
    set { pass.step = newValue }
  }

  /// Gives every parameter its initial value, and every optimizer its initial state.
  ///
  /// - Parameter isAgain: whether tables that are worked on in windows still have theirs.
  func initialize(isAgain: Bool = false) throws {
    if let scale = pass.buffer(.gradientScale) { try backend.fill(scale, with: 1, count: 1) }
    // In pieces: a table may be most of what the memory holds. An even number of rows begins at an
    // even number, as initializers want it.
    for parameter in graph.parameters {
      if isAgain, stored?.table(of: parameter) != nil { continue }
      let piece = max((1 << 22) / max(parameter.columns, 1), 2) & ~1
      for first in stride(from: 0, to: parameter.rows, by: piece) {
        let (start, end) = (first, min(first + piece, parameter.rows))
        let values = parameter.initializer.values(
          start * parameter.columns..<end * parameter.columns, of: parameter, seed: seed)
        try initialize(parameter, to: values.converted(), fromRow: start)
        if parameter.rows > piece { try backend.finish() }
      }
    }
  }

  /// Sets some rows of a parameter to these values, from the `first` row on, and the optimizer's state
  /// there to that before the first step.
  func initialize(_ parameter: Parameter, to values: [B.Scalar], fromRow first: Int = 0) throws {
    (isPrepared, pass.areTablesNew) = (false, true)
    try write(values, to: parameter, at: first * parameter.columns)
    guard let recipe, parameter.isTrained else { return }
    let rows = values.count / max(parameter.columns, 1)
    let optimizer = recipe.optimizer(of: parameter)
    for (index, state) in type(of: optimizer).states.enumerated() {
      try write(
        optimizer.initialState(
          index, of: values, rows: rows, rate: recipe[parameter.group].rate),
        to: parameter, state: index,
        at: first * (state.isPerRow ? 1 : parameter.columns))
    }
  }

  /// Makes `batch` the current one.
  ///
  /// - Precondition: it has at most `capacity` rows and the graph's layout.
  package func load(_ batch: Batch) throws {
    // Not by `graph`, which would copy one a batch.
    let layout = stored?.graph.layout ?? plan.graph.layout
    precondition(batch.rows <= capacity && batch.layout == layout)
    backend.begin(Section.input)
    try backend.upload(placed(batch), to: pass.input)
  }

  /// Computes the logits of the current batch.
  ///
  /// - Parameters:
  ///   - training: whether dropout acts, batch statistics are used and a backward pass may follow.
  ///   - reusing: whether the parameters are those of the last pass.
  package func forward(training: Bool, reusing: Bool = false) throws {
    (pass.isTraining, pass.reusesPrepared) = (training, reusing)
    try pass.run(training ? plan.take : plan.takeForInference)
    try pass.run(training ? plan.forward : plan.inference)
  }

  /// Computes all gradients from that of the logits.
  package func backward() throws {
    pass.beginBackward()
    try pass.run(plan.backward)
  }

  /// The click probabilities of a batch, [rows].
  package func predict(_ batch: Batch) throws -> [B.Scalar] { try beginPrediction(of: batch)() }

  /// Queues the prediction of a batch; what is returned waits for it. Meanwhile others may be queued.
  package func beginPrediction(of batch: Batch) throws -> () throws -> [B.Scalar] {
    try load(batch)
    // Windows have other rows in each batch.
    try forward(training: false, reusing: isPrepared && stored == nil)
    isPrepared = true
    try pass.run(plan.probabilities)
    return try backend.beginRead(pass[plan.logits], count: rows)
  }
}
