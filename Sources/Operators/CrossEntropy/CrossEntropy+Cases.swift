extension OperatorTable {
  static let crossEntropy = OperatorCases(
    [
      OperatorCase("cross-entropy", "unweighted", CrossEntropyCase(weights: nil)),
      OperatorCase("cross-entropy", "weighted", CrossEntropyCase(weights: .positive)),
      OperatorCase("cross-entropy", "no weight at all", CrossEntropyCase(weights: .constant(0))),
    ],
    timed: { rows in
      [
        OperatorCase(
          "cross-entropy", "weighted", rows: [rows], CrossEntropyCase(weights: .positive))
      ]
    })
}

/// Sigmoid cross-entropy, whose one pass leaves the gradient too.
private struct CrossEntropyCase: CaseSetup {
  /// How sample weights are drawn; nil for none.
  let weights: Distribution?

  func prepare<B: Backend>(on backend: B, rows: Int) throws -> PreparedCase<B> {
    let ids = IdPattern.plain()
    let batch = ids.batch(rows: rows, weights: weights)
    var graph = Graph(layout: ids.layout)
    let logits = graph.makeValue(width: 1)
    let step = CrossEntropy(logits: logits)
    let pass = try Pass(for: [step], on: backend, batch)
    let share = batch.totalWeight > 0 ? 1 / batch.totalWeight : 0
    let loss = PreparedCase<B>.Slot(name: "loss", buffer: pass[.loss], count: 2)
    return PreparedCase(
      backend: backend,
      inputs: [
        PreparedCase.Slot(name: "logits", buffer: pass[logits], count: rows, distribution: .logits),
        loss,
      ],
      outputs: [loss],
      gradients: [
        PreparedCase.Slot(
          name: "logits", buffer: pass.gradient(of: logits), count: rows, unit: share)
      ],
      seed: PreparedCase.Slot(
        name: "seed", buffer: try backend.makeBuffer("seed", count: 1), count: 1,
        distribution: .constant(1)),
      terms: max(rows, 1), cost: (Cost(flops: 12 * rows, scalars: 4 * rows), .none),
      forward: { try pass.run([step]) })
  }
}
