import Data

extension OperatorTable {
  static let targetAttention = OperatorCases(
    attended + [
      .graph("target attention", "two of one input", ids: .history, reads: [7 * 9]) { graph, x in
        graph.sum([graph.targetAttention(x[0]), graph.targetAttention(x[0])])
      }
    ],
    timed: { rows in
      [
        .graph(
          "target attention", "50 items beside 8 fields, k = 10, with their embedding",
          ids: .longHistories, rows: [rows]
        ) { graph, _ in graph.embedding("table", width: 10) }
      ]
    })

  /// Of vectors of one number there is no attention.
  private static let attended: [OperatorCase] = product(
    [IdPattern.history, .fullHistory, .singleItems, .severalHistories],
    Array(vectorLengths.dropFirst())
  ).enumerated().map { place, form -> OperatorCase in
    .graph(
      "target attention", "k = \(form.1), \(form.0.name)", ids: form.0,
      tables: tableUpdates[place % 2]
    ) { graph, _ in graph.embedding("table", width: form.1) }
  }
}

extension IdPattern {
  /// An item and a history of items beside a list and another field.
  static let history = histories(
    "a history", slotFields: [0, 1, 2, 2, 2, 3, 3], absence: 0.4, attention: [(2, 1)])

  /// Nothing is empty.
  static let fullHistory = histories(
    "a full history", slotFields: [0, 0, 0, 0, 0, 0, 0, 0, 0, 1], absence: 0, attention: [(0, 1)])

  /// Histories of one value or none.
  static let singleItems = histories(
    "single items", slotFields: [0, 1], absence: 0.3, attention: [(1, 0)])

  /// Two histories of one target, and one of another.
  static let severalHistories = histories(
    "several histories", slotFields: [0, 1, 1, 1, 2, 3, 3, 4, 4, 4, 4], absence: 0.5,
    attention: [(1, 0), (3, 0), (4, 2)])

  /// Those of a user with 50 items, of which few are empty.
  static let longHistories = histories(
    "long histories", slotFields: Array(0..<8) + [Int](repeating: 8, count: 50), absence: 0.1,
    attention: [(8, 1)], features: 100_000)

  private static func histories(
    _ name: String, slotFields: [Int], absence: Double, attention: [(Int, Int)], features: Int = 40
  ) -> IdPattern {
    IdPattern(
      name: name,
      layout: BatchLayout(
        features: features, fields: slotFields.last! + 1, slotFields: slotFields, weighted: true,
        attention: attention.map { BatchLayout.Attention(field: $0.0, target: $0.1) }),
      absence: absence, occurring: features * 3 / 4)
  }
}
