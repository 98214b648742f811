extension OperatorTable {
  static let embedding = OperatorCases(
    product(lookups, vectorLengths).map { lookup, k in
      .graph(
        "embedding", "k = \(k), \(lookup.0.name), \(lookup.1.rawValue) table", ids: lookup.0,
        tables: lookup.1
      ) { graph, _ in graph.embedding("table", width: k) }
    },
    timed: { rows in
      [
        .graph(
          "embedding", "39 fields of 1 M features, k = 10", ids: .clickLog, rows: [rows]
        ) { graph, _ in graph.embedding("table", width: 10) }
      ]
    })

  static let firstOrder = OperatorCases(
    lookups.map { ids, region in
      .graph(
        "first-order", "\(ids.name), \(region.rawValue) table", ids: ids, tables: region,
        rows: OperatorCase.standardRows + [1031]
      ) { graph, _ in graph.firstOrder("wide") }
    },
    timed: { rows in
      [
        .graph("first-order", "39 fields of 1 M features", ids: .clickLog, rows: [rows]) {
          graph, _ in graph.firstOrder("wide")
        }
      ]
    })
}
