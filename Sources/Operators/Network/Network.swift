import Data

/// A graph with its numbers on a backend: it predicts, and where it has a recipe, it learns.
///
/// All memory is planned, checked against the device and made in the initializer.
public final class Network<B: Backend> {
  /// The model.
  public let graph: Graph
  /// What the network runs on.
  public let backend: B
  /// The largest batch, in rows.
  public let capacity: Int
  /// How parameters are updated; nil for inference only.
  public let recipe: Recipe?
  /// The run's seed.
  public let seed: UInt64
  /// All memory there is to it.
  public let plan: MemoryPlan

  /// The current batch.
  public let input: B.Input
  /// Whether the pass under way is a training pass.
  public private(set) var isTraining = false
  /// How many training steps have been made.
  public internal(set) var step = 0

  private let logits: Value
  private let values: [B.Buffer]
  private let valueGradients: [B.Buffer]
  private let parameters: [B.Buffer]
  private let parameterGradients: [B.Buffer?]
  private let workspaces: [[B.Buffer]]
  let optimizerStates: [[B.Buffer]]
  let gradientScale: B.Buffer
  /// Of each table the square of its gradient's norm in parts, see ``TableStep/squares``.
  let gradientSquares: [B.Buffer?]
  /// Whether tables have been written to by others than the last step.
  var areTablesNew = true
  let loss: B.Buffer
  private var isWritten: [Bool]
  /// Whether what operations make of the parameters alone is as the parameters are.
  var isPrepared = false
  /// Whether the pass under way uses that again, rather than make it anew.
  public private(set) var reusesPrepared = false
  let endingsTakenAbove: [Ending?]
  let ownedLookups: [Int: any TableLookup]
  let groupsIds: Bool
  let machine: MachineParts?

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
  public init(
    graph: Graph, logits: Value, backend: B, capacity: Int, recipe: Recipe?, seed: UInt64,
    keepsGradients: Bool = false
  ) throws {
    let graph = backend.multipliesFieldsByID ? graph.multiplyingFieldsByID : graph
    self.graph = graph
    self.logits = logits
    self.backend = backend
    self.capacity = capacity
    self.recipe = recipe
    self.seed = seed

    let ownsIds = backend.ownsIds && !keepsGradients
    let owned = graph.ownedLookups(recipe, ownsIds: ownsIds)
    ownedLookups = owned
    let parts = graph.machine(logits: logits)
    let machine = parts.flatMap { backend.fusesMachine($0.embedding.shape) ? $0 : nil }
    self.machine = machine
    let scratch =
      graph.operations.map { backend.scratch(for: $0, capacity: capacity) }.max() ?? 0
    plan = MemoryPlan(
      graph: graph, capacity: capacity, recipe: recipe, scratch: scratch,
      scalarSize: MemoryLayout<B.Scalar>.size, ownsIds: ownsIds,
      machine: machine)
    try plan.check(against: backend.memoryLimits)

    try backend.reserveScratch(count: scratch)
    groupsIds = graph.groupsIds(recipe, owned: owned)
    input = try backend.makeInput(layout: graph.layout, capacity: capacity, groupsIds: groupsIds)
    values = try graph.values.map {
      try backend.makeBuffer("value \($0.index)", count: capacity * $0.width)
    }
    valueGradients =
      recipe == nil
      ? []
      : try graph.values.map {
        try backend.makeBuffer("gradient of value \($0.index)", count: capacity * $0.width)
      }
    parameters = try graph.parameters.map { try backend.makeBuffer($0.name, count: $0.count) }
    parameterGradients = try graph.parameters.map { parameter in
      guard let recipe, parameter.isTrained else { return nil }
      return try backend.makeBuffer(
        "gradient of \(parameter.name)",
        count: MemoryPlan.gradientCount(
          of: parameter, in: graph, capacity: capacity, recipe: recipe,
          owned: owned[parameter.index],
          isMachine: machine?.embedding.table == parameter))
    }
    gradientSquares = try graph.parameters.map { parameter in
      guard let recipe, let lookup = owned[parameter.index] else { return nil }
      return try recipe.squaresCount(of: lookup).map {
        try backend.makeBuffer("norm of \(parameter.name)", count: $0)
      }
    }
    optimizerStates = try graph.parameters.map { parameter in
      guard let recipe, parameter.isTrained else { return [] }
      return try recipe.stateSizes(of: parameter).enumerated().map { index, size in
        try backend.makeBuffer("state \(index) of \(parameter.name)", count: size)
      }
    }
    workspaces = try graph.operations.map { operation in
      try operation.workspace(capacity: capacity, training: recipe != nil).map {
        try backend.makeBuffer(operation.label, count: $0)
      }
    }
    gradientScale = try backend.makeBuffer("gradient scale", count: 1)
    loss = try backend.makeBuffer("loss", count: 2)
    endingsTakenAbove = graph.endingsTakenAbove
    isWritten = [Bool](repeating: false, count: graph.values.count)
    try initialize()
  }

  /// Gives every parameter its initial value, and every optimizer its initial state.
  func initialize() throws {
    try backend.fill(gradientScale, with: 1, count: 1)
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
    (isPrepared, areTablesNew) = (false, true)
    try backend.write(values, to: self[parameter], at: first * parameter.columns)
    guard let recipe, parameter.isTrained else { return }
    let rows = values.count / max(parameter.columns, 1)
    let states = recipe.optimizer(of: parameter).initialState(
      for: values, rows: rows, rate: recipe[parameter.group].rate)
    for (state, buffer) in zip(states, optimizerStates[parameter.index]) {
      try backend.write(state, to: buffer, at: first * (state.count / max(rows, 1)))
    }
  }

  // MARK: What operations read and write

  /// The number of samples of the current batch.
  public var rows: Int { input.rows }

  /// The memory of an activation, [capacity × width].
  public subscript(value: Value) -> B.Buffer { values[value.index] }

  /// The memory of a parameter.
  public subscript(parameter: Parameter) -> B.Buffer { parameters[parameter.index] }

  /// The buffers that an operation keeps for itself, by its output, see
  /// ``Operation/workspace(capacity:training:)``.
  public func workspace(of output: Value) -> [B.Buffer] {
    graph.operations.firstIndex { $0.output == output }.map { workspaces[$0] } ?? []
  }

  /// The loss's derivative by an activation.
  ///
  /// - Precondition: the network has a recipe.
  public func gradient(of value: Value) -> B.Buffer { valueGradients[value.index] }

  /// The loss's derivative by a parameter.
  ///
  /// - Precondition: the network has a recipe and the parameter is trained.
  public func gradient(of parameter: Parameter) -> B.Buffer {
    guard let buffer = parameterGradients[parameter.index] else {
      preconditionFailure("\(parameter.name) has no gradient")
    }
    return buffer
  }

  /// Where an operation leaves the derivative by its input: the first overwrites, others add.
  public func target(for value: Value) -> GradientTarget<B.Buffer> {
    defer { isWritten[value.index] = true }
    return GradientTarget(gradient(of: value), accumulates: isWritten[value.index])
  }

  /// Which rows of the parameter's gradient are kept.
  public func region(of parameter: Parameter) -> TableRegion {
    recipe?.region(of: parameter) ?? .whole
  }

  /// An ending with this step's dropout.
  public func epilogue(_ ending: Ending) -> Epilogue {
    guard isTraining, ending.dropout > 0 else { return Epilogue(ending.activation) }
    return Epilogue(
      ending.activation,
      dropout: Dropout(
        rate: ending.dropout, seed: seed, step: UInt32(truncatingIfNeeded: step),
        layer: ending.layer))
  }

  // MARK: Passes

  /// Makes `batch` the current one.
  ///
  /// - Precondition: it has at most `capacity` rows and the graph's layout.
  public func load(_ batch: Batch) throws {
    precondition(batch.rows <= capacity && batch.layout == graph.layout)
    backend.begin(Section.input)
    try backend.upload(batch, to: input)
  }

  /// Computes all activations of the current batch.
  ///
  /// - Parameters:
  ///   - training: whether dropout acts and batch statistics are used.
  ///   - reusing: whether the parameters are those of the last pass.
  public func forward(training: Bool, reusing: Bool = false) throws {
    (isTraining, reusesPrepared) = (training, reusing)
    if let machine = runsMachine { return try forward(machine) }
    for operation in graph.operations {
      backend.begin(Section.forward(operation))
      try operation.forward(in: self)
    }
  }

  /// Computes all gradients from that of the last operation's output.
  public func backward() throws {
    if groupsIds {
      backend.begin(Section.ids)
      try backend.groupIds(input)
    }
    if let machine = runsMachine { return try backward(machine) }
    for index in isWritten.indices { isWritten[index] = false }
    for operation in graph.operations.reversed() {
      backend.begin(Section.backward(operation))
      try operation.backward(in: self)
    }
  }

  /// The click probabilities of a batch, [rows].
  public func predict(_ batch: Batch) throws -> [B.Scalar] {
    try load(batch)
    try forward(training: false, reusing: isPrepared)
    isPrepared = true
    try backend.activate(
      Epilogue(.sigmoid), width: 1, rows: rows, x: self[logits], y: self[logits])
    return try backend.read(self[logits], count: rows)
  }

  /// Computes the loss of the current batch and its derivative by the logits.
  func computeLoss() throws {
    backend.begin(Section.loss)
    try backend.crossEntropy(
      input: input, logits: self[logits], loss: loss, dlogits: gradient(of: logits))
  }
}
