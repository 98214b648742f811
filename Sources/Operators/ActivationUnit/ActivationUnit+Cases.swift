import Data

extension OperatorTable {
  static let activationUnit = OperatorCases(
    [
      (IdPattern.history, 10), (.fullHistory, 8), (.singleItems, 16), (.severalHistories, 7),
    ].enumerated().map { place, form in
      .graph(
        "activation unit", "k = \(form.1), \(form.0.name)", ids: form.0.weighedByNetworks,
        tables: tableUpdates[place % 2]
      ) { graph, _ in graph.embedding("table", width: form.1) }
    } + [
      .graph("activation unit", "two of one input", ids: .history.weighedByNetworks, reads: [7 * 9])
      {
        graph, x in
        graph.sum([
          graph.targetAttention(x[0], named: "first"), graph.targetAttention(x[0], named: "second"),
        ])
      }
    ],
    timed: { rows in
      [
        .graph(
          "activation unit", "50 items beside 8 fields, k = 10, with their embedding",
          ids: .longHistories.weighedByNetworks, rows: [rows]
        ) { graph, _ in graph.embedding("table", width: 10) }
      ]
    })
}

extension IdPattern {
  /// The same ids, but that networks weigh those of the first histories, and products those of the last of several.
  fileprivate var weighedByNetworks: IdPattern {
    var layout = layout
    let lists = layout.attention ?? []
    layout.attention = lists.enumerated().map { place, list in
      BatchLayout.Attention(
        field: list.field, target: list.target,
        form: place > 0 && place == lists.count - 1 ? nil : .din)
    }
    return IdPattern(name: name, layout: layout, absence: absence, occurring: occurring)
  }
}
