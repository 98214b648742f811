/// What a case of the operator table sets up on a backend.
protocol Trial: Sendable {
  /// Makes the memory and says how to run the case.
  ///
  /// - Parameter rows: the number of samples.
  func stage<B: Backend>(on backend: B, rows: Int) throws -> Stage<B>
}

/// Operations of a graph, forward and (in training) backward.
struct GraphTrial: Trial {
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

  func stage<B: Backend>(on backend: B, rows: Int) throws -> Stage<B> {
    var graph = Graph(layout: ids.layout)
    let leaves = widths.map { graph.makeValue(width: $0) }
    let output = build(&graph, leaves)
    // Adam: its step on a whole table needs the gradients of all rows.
    let group = Recipe.Group(tables == .whole ? .adam() : .sgd)
    let network = try Network(
      graph: graph, logits: output, backend: backend, capacity: max(rows, 1),
      recipe: training ? Recipe(wide: group, embedding: group, deep: group, tables: tables) : nil,
      seed: 3, keepsGradients: true)
    let batch = ids.batch(rows: rows)
    try network.load(batch)

    func slot(_ value: Value, _ name: String, _ buffer: B.Buffer) -> Stage<B>.Slot {
      Stage.Slot(name: name, buffer: buffer, count: rows * value.width)
    }
    func slot(_ parameter: Parameter) -> Stage<B>.Slot {
      Stage.Slot(
        name: parameter.name, buffer: network[parameter], count: parameter.count,
        draw: parameter.kind == .statistic ? .positive : .signed)
    }
    let touched = Occurrences(of: batch.ids).ids
    func gradient(of parameter: Parameter) -> Stage<B>.Slot {
      let isCompact = network.region(of: parameter) == .touched
      var slot = Stage<B>.Slot(
        name: parameter.name, buffer: network.gradient(of: parameter),
        count: isCompact ? touched.count * parameter.columns : parameter.count)
      if parameter.kind == .table {
        slot.rows = TableRows(
          width: parameter.columns, features: parameter.rows, touched: touched,
          isCompact: isCompact)
      }
      return slot
    }
    let named = leaves.enumerated().map { (name: "input \($0.offset)", value: $0.element) }
    var stage = Stage(
      backend: backend,
      inputs: named.map { slot($0.value, $0.name, network[$0.value]) }
        + graph.parameters.filter(\.isSaved).map(slot),
      outputs: [slot(output, "output", network[output])]
        + graph.parameters.filter { !$0.isTrained && (training || $0.isSaved) }.map(slot),
      terms: max(rows * ids.layout.slots, widths.max() ?? 1, 1),
      operations: graph.operations.count,
      cost: graph.operations.reduce(into: (Cost.none, Cost.none)) { total, operation in
        let cost = operation.cost(rows: rows)
        total.0 += cost.forward
        total.1 += cost.backward
      },
      forward: { try network.forward(training: training) })
    guard training else { return stage }
    stage.seed = slot(output, "seed", network.gradient(of: output))
    stage.gradients =
      named.map { slot($0.value, $0.name, network.gradient(of: $0.value)) }
      + graph.parameters.filter(\.isTrained).map(gradient)
    stage.backward = { try network.backward() }
    return stage
  }
}

/// Sigmoid cross-entropy, whose forward pass leaves the gradient too.
struct LossTrial: Trial {
  /// How sample weights are drawn; nil for none.
  let weights: Draw?

  func stage<B: Backend>(on backend: B, rows: Int) throws -> Stage<B> {
    let ids = IdPattern.plain()
    let batch = ids.batch(rows: rows, weights: weights)
    let input = try backend.makeInput(layout: ids.layout, capacity: max(rows, 1), groupsIds: true)
    try backend.upload(batch, to: input)
    try backend.groupIds(input)
    let logits = try backend.makeBuffer("logits", count: max(rows, 1))
    let loss = try backend.makeBuffer("loss", count: 2)
    let dlogits = try backend.makeBuffer("dlogits", count: max(rows, 1))
    let seed = try backend.makeBuffer("seed", count: 1)
    let share = batch.totalWeight > 0 ? 1 / batch.totalWeight : 0
    return Stage(
      backend: backend,
      inputs: [
        Stage.Slot(name: "logits", buffer: logits, count: rows, draw: .logits),
        Stage.Slot(name: "loss", buffer: loss, count: 2),
      ],
      outputs: [Stage.Slot(name: "loss", buffer: loss, count: 2)],
      gradients: [Stage.Slot(name: "logits", buffer: dlogits, count: rows, unit: share)],
      seed: Stage.Slot(name: "seed", buffer: seed, count: 1, draw: .constant(1)),
      terms: max(rows, 1),
      cost: (Cost(flops: 12 * rows, scalars: 4 * rows), .none),
      forward: {
        try backend.crossEntropy(input: input, logits: logits, loss: loss, dlogits: dlogits)
      })
  }
}

extension Cost {
  /// No work.
  static var none: Cost { Cost(flops: 0, scalars: 0) }

  static func += (total: inout Cost, other: Cost) {
    total.flops += other.flops
    total.bytes += other.bytes
  }
}
