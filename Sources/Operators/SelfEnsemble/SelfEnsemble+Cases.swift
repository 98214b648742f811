extension OperatorTable {
  static let meanOfPasses = OperatorCases(
    [OperatorCase("mean of passes", "two passes", MeanOfPassesCase())])

  /// Graphs whose rows pass twice, with what both passes share, held against the reference.
  static let selfEnsemble = OperatorCases(
    [
      ("batch norm", true, Activation.tanh), ("dropout in the layer", false, .relu),
      ("dropout in the layer", false, .sigmoid),
    ].flatMap { form, normalizes, activation in
      [Recipe.TableUpdate.touched, .whole].map { tables in
        OperatorCase(
          "self-ensemble", "\(form), \(activation.rawValue), \(tables.rawValue) table",
          rows: OperatorCase.standardRows.filter { $0 != 3 },
          SelfEnsembleCase(normalizes: normalizes, activation: activation, tables: tables))
      }
    })
}

/// The mean of two passes and its gradient.
private struct MeanOfPassesCase: CaseSetup {
  func prepare<B: Backend>(on backend: B, rows: Int) throws -> PreparedCase<B> {
    let ids = IdPattern.plain()
    var graph = Graph(layout: ids.layout)
    let step = MeanOfPasses(passes: graph.makeValue(width: 1), mean: graph.makeValue(width: 1))
    let pass = try Pass(
      for: [step, step.gradient] as [any Step], on: backend, ids.batch(rows: rows))
    func slot(_ name: String, _ buffer: B.Buffer, count: Int) -> PreparedCase<B>.Slot {
      PreparedCase.Slot(name: name, buffer: buffer, count: count)
    }
    var logits = slot("logits", pass[step.passes], count: Plan.passes * rows)
    logits.distribution = .logits
    var prepared = PreparedCase(
      backend: backend, inputs: [logits], outputs: [slot("mean", pass[step.mean], count: rows)],
      terms: 1, operations: 2, cost: (Cost(flops: 20 * rows, scalars: 3 * rows), .none),
      forward: { try pass.run([step]) })
    prepared.seed = slot("seed", pass.gradient(of: step.mean), count: rows)
    prepared.gradients = [
      slot("logits", pass.gradient(of: step.passes), count: Plan.passes * rows)
    ]
    prepared.backward = {
      pass.beginBackward()
      try pass.run([step.gradient])
    }
    return prepared
  }
}

/// A training step of a small DeepFM by the self-ensemble loss: loss and gradients.
private struct SelfEnsembleCase: CaseSetup {
  let normalizes: Bool
  let activation: Activation
  let tables: Recipe.TableUpdate

  func prepare<B: Backend>(on backend: B, rows: Int) throws -> PreparedCase<B> {
    let ids = IdPattern.all[0]
    var graph = Graph(layout: ids.layout)
    let embedding = graph.embedding("embedding", width: 10)
    let hidden: Value
    if normalizes {
      let product = graph.dense("deep", embedding, outputs: 33, bias: false)
      hidden = graph.normalization("norm", product, activation: activation, dropout: 0.3)
    } else {
      let layer = graph.dense("deep", embedding, outputs: 33, activation: activation)
      hidden = graph.dense("second", layer, outputs: 17, activation: activation, dropout: 0.3)
    }
    let deep = graph.dense("output", hidden, outputs: 1)
    let logits = graph.sum([graph.firstOrder("wide"), graph.interaction(embedding), deep])
    let group = Recipe.Group(tables == .whole ? Adam() : SGD())
    let network = try Network(
      graph: graph, logits: logits, backend: backend, capacity: max(rows, 1),
      recipe: Recipe(
        wide: group, embedding: group, deep: group, tables: tables, selfEnsemble: true),
      seed: 3, keepsGradients: true)
    let batch = ids.batch(rows: rows, weights: .positive)
    try network.load(batch)
    let touched = UniqueIDs(of: batch.ids).ids
    let gradients = graph.parameters.filter(\.isTrained).map { parameter in
      let isCompact = network.pass.region(of: parameter) == .touched
      var slot = PreparedCase<B>.Slot(
        name: "gradient of \(parameter.name)", buffer: network.pass.gradient(of: parameter),
        count: isCompact ? touched.count * parameter.columns : parameter.count)
      if parameter.kind == .table {
        slot.rows = TableRows(
          width: parameter.columns, features: parameter.rows, touched: touched,
          isCompact: isCompact)
      }
      return slot
    }
    let loss = PreparedCase<B>.Slot(name: "loss", buffer: network.pass[.loss], count: 1)
    return PreparedCase(
      backend: backend,
      inputs: graph.parameters.filter(\.isTrained).map {
        PreparedCase.Slot(name: $0.name, buffer: network.pass[$0], count: $0.count)
      }, outputs: [loss] + gradients, terms: max(2 * rows, 33),
      operations: graph.operations.count, cost: (.none, .none),
      forward: {
        try network.forward(training: true)
        try network.pass.run(network.plan.loss)
        try network.backward()
      })
  }
}
