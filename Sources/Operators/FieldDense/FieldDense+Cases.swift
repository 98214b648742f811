extension OperatorTable {
  /// Dense layers on an embedding with small fields; the last pattern has more rows than are summed at
  /// a time.
  static let fieldDense = OperatorCases(
    product(
      [
        (IdPattern.ownFeatures([300, 2, 1, 9, 140]), OperatorCase.standardRows),
        (.ownFeatures([3, 200, 5], absence: 0.4), OperatorCase.standardRows),
        (
          .ownFeatures([4, 8, 2, 150, 6, 150, 3], slots: 3, absence: 0.2), OperatorCase.standardRows
        ),
        (.ownFeatures([5, 11]), [16, 4099]),
      ], [(1, 33), (8, 16), (10, 48), (10, 7), (16, 2), (3, 129)]
    ).map { pattern, sizes in
      let (ids, rows) = pattern
      let (k, outputs) = sizes
      return .graph(
        "field dense", "k = \(k), \(outputs) outputs, \(ids.name)", ids: ids,
        tables: outputs % 2 == 0 ? .touched : .whole, rows: rows
      ) { graph, _ in
        let embedding = graph.embedding("table", width: k)
        let layer = graph.dense(
          "first", embedding, outputs: outputs, bias: k > 1,
          activation: outputs > 16 ? .relu : .tanh, dropout: k == 10 ? 0.3 : 0)
        let other = graph.dense("other", embedding, outputs: 3)
        return graph.sum([
          graph.dense("second", layer, outputs: 1), graph.dense("third", other, outputs: 1),
          graph.interaction(embedding),
        ])
      }
    },
    // 21 of the fields are small; a share of more than the roofline is the arithmetic they save.
    timed: { rows in
      let ids = IdPattern.ownFeatures(
        [Int](repeating: 50, count: 13) + [3, 4, 10, 15, 18, 24, 27, 105]
          + [Int](repeating: 50_000, count: 18))
      return [
        .graph("field dense", "390×400 relu, and its embedding", ids: ids, rows: [rows]) {
          graph, _ in
          graph.dense("dense", graph.embedding("table", width: 10), outputs: 400, activation: .relu)
        }
      ]
    })
}
