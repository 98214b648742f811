/// What a case of the operator table sets up on a backend.
protocol CaseSetup: Sendable {
  /// Makes the memory and says how to run the case.
  ///
  /// - Parameter rows: the number of samples.
  func prepare<B: Backend>(on backend: B, rows: Int) throws -> PreparedCase<B>
}

/// Operations of a graph, forward and (in training) backward.
struct GraphCase: CaseSetup {
  /// The ids of the batch.
  let ids: IdPattern
  /// The widths of the activations that the operations read.
  let widths: [Int]
  /// Which rows of a table's gradient are kept.
  let tables: Recipe.TableUpdate
  /// Whether in training.
  let training: Bool
  /// Adds the operations to a graph with these activations.
  let build: @Sendable (_ graph: inout Graph, _ inputs: [Value]) -> Value

  func prepare<B: Backend>(on backend: B, rows: Int) throws -> PreparedCase<B> {
    var graph = Graph(layout: ids.layout)
    let leaves = widths.map { graph.makeValue(width: $0) }
    let output = build(&graph, leaves)
    // Adam: its step on a whole table needs the gradients of all rows.
    let group = Recipe.Group(tables == .whole ? Adam() : SGD())
    let network = try Network(
      graph: graph, logits: output, backend: backend, capacity: max(rows, 1),
      recipe: training ? Recipe(wide: group, embedding: group, deep: group, tables: tables) : nil,
      seed: 3, keepsGradients: true)
    let batch = ids.batch(rows: rows)
    try network.load(batch)

    func slot(_ value: Value, _ name: String, _ buffer: B.Buffer) -> PreparedCase<B>.Slot {
      PreparedCase.Slot(name: name, buffer: buffer, count: rows * value.width)
    }
    func slot(_ parameter: Parameter) -> PreparedCase<B>.Slot {
      PreparedCase.Slot(
        name: parameter.name, buffer: network.pass[parameter], count: parameter.count,
        distribution: parameter.kind == .statistic ? .positive : .signed)
    }
    let touched = UniqueIDs(of: batch.ids).ids
    func gradient(of parameter: Parameter) -> PreparedCase<B>.Slot {
      let isCompact = network.pass.region(of: parameter) == .touched
      var slot = PreparedCase<B>.Slot(
        name: parameter.name, buffer: network.pass.gradient(of: parameter),
        count: isCompact ? touched.count * parameter.columns : parameter.count)
      if parameter.kind == .table {
        slot.rows = TableRows(
          width: parameter.columns, features: parameter.rows, touched: touched,
          isCompact: isCompact)
      }
      return slot
    }
    let named = leaves.enumerated().map { (name: "input \($0.offset)", value: $0.element) }
    var prepared = PreparedCase(
      backend: backend,
      inputs: named.map { slot($0.value, $0.name, network.pass[$0.value]) }
        + graph.parameters.filter(\.isSaved).map(slot),
      outputs: [slot(output, "output", network.pass[output])]
        + graph.parameters.filter { !$0.isTrained && (training || $0.isSaved) }.map(slot),
      terms: max(rows * ids.layout.slots, widths.max() ?? 1, 1),
      operations: graph.operations.count,
      cost: graph.operations.reduce(into: (Cost.none, Cost.none)) { total, operation in
        let cost = operation.cost(rows: rows)
        total.0 += cost.forward
        total.1 += cost.backward
      },
      forward: { try network.forward(training: training) })
    guard training else { return prepared }
    prepared.seed = slot(output, "seed", network.pass.gradient(of: output))
    prepared.gradients =
      named.map { slot($0.value, $0.name, network.pass.gradient(of: $0.value)) }
      + graph.parameters.filter(\.isTrained).map(gradient)
    prepared.backward = { try network.backward() }
    return prepared
  }
}
