/// Some training steps of a small graph from given derivatives by its output: holds the fused updates of a backend's
/// plan against those of the plan that the graph itself is.
struct TrainingCase: CaseSetup {
  /// The ids of the batches.
  let ids: IdPattern
  /// The optimizer of all parameters.
  let optimizer: any Optimizer
  /// λ of L2.
  let l2: Float
  /// Which rows of tables are updated.
  var tables = Recipe.TableUpdate.touched
  /// The bound on the gradient's norm; nil for none.
  var limit: Float?
  /// What tables are kept in.
  var precision = TablePrecision.float32
  /// How many steps.
  var steps = 3
  /// Whether each begins with a forward pass, whose outputs are compared as well.
  var runsForward = false
  /// Adds the operations to a graph and returns their output.
  let build: @Sendable (_ graph: inout Graph) -> Value

  func prepare<B: Backend>(on backend: B, rows: Int) throws -> PreparedCase<B> {
    typealias Slot = PreparedCase<B>.Slot
    var graph = Graph(layout: ids.layout)
    let output = build(&graph)
    let group = Recipe.Group(optimizer, rate: 0.125, l2: l2)
    let recipe = Recipe(
      wide: group, embedding: group, deep: group, tables: tables, tablePrecision: precision,
      clipNorm: limit)
    let network = try Network(
      graph: graph, logits: output, backend: backend, capacity: max(rows, 1), recipe: recipe,
      seed: 3)
    let pass = network.pass
    let batches = (0..<steps).map { ids.batch(rows: rows, number: $0) }
    func slots(_ name: String, width: Int) throws -> [Slot] {
      try (0..<steps).map {
        Slot(
          name: "\(name) \($0)", buffer: try backend.makeBuffer(name, count: max(rows, 1) * width),
          count: rows * width)
      }
    }
    let slopes = try slots("dy", width: output.width)
    let outputs = runsForward ? try slots("y", width: output.width) : []
    let touched = Set(batches.flatMap { UniqueIDs(of: $0.ids).ids }).sorted()
    let parameters = network.graph.parameters.flatMap { parameter in
      let states = recipe.optimizer(of: parameter).states(of: parameter)
      var slots = [
        Slot(
          name: parameter.name, buffer: pass[parameter], count: parameter.count,
          isRounded: parameter.precision == .bfloat16)
      ]
      slots += states.enumerated().map {
        Slot(
          name: "state \($0) of \(parameter.name)", buffer: pass[$1.operand], count: $1.count,
          distribution: .positive, isRounded: $1.precision == .bfloat16)
      }
      // All rows of a whole table may change.
      guard recipe.region(of: parameter) == .touched else { return slots }
      for index in slots.indices {
        slots[index].rows = TableRows(
          width: parameter.columns, features: parameter.rows, touched: touched
        ).resized(to: slots[index].count)
      }
      return slots
    }
    let scale = Slot(
      name: "scale", buffer: pass[.gradientScale], count: 1, distribution: .constant(0.5), unit: 0,
      isRounded: precision == .bfloat16)
    if steps == 1 { try network.load(batches[0]) }
    return PreparedCase(
      backend: backend, inputs: parameters + slopes + [scale],
      outputs: outputs + parameters + (limit == nil ? [] : [scale]),
      terms: max(rows, graph.parameters[0].columns) * ids.layout.slots * steps, operations: 2,
      cost: (cost(graph, recipe, touched: touched.count, rows: rows), .none),
      forward: {
        network.step = 0
        pass.areTablesNew = true
        for step in 0..<steps {
          if steps > 1 { try network.load(batches[step]) }
          pass[.gradient(of: output)] = slopes[step].buffer
          if runsForward {
            pass[.value(output)] = outputs[step].buffer
            try network.forward(training: true)
          }
          try network.backward()
          try network.update()
        }
      })
  }

  /// The least work of all steps.
  private func cost(_ graph: Graph, _ recipe: Recipe, touched: Int, rows: Int) -> Cost {
    var cost = Cost.none
    for operation in graph.operations {
      let (forward, backward) = operation.cost(rows: rows)
      for _ in 0..<steps { cost += backward }
      if runsForward { for _ in 0..<steps { cost += forward } }
    }
    for parameter in graph.parameters {
      let isTouched = recipe.region(of: parameter) == .touched
      let count = isTouched ? touched * parameter.columns : steps * parameter.count
      let states = recipe.optimizer(of: parameter).states(of: parameter).count
      cost += Cost(flops: 12 * count, scalars: (2 + 2 * states) * count)
    }
    return cost
  }
}
