extension OperatorTable {
  static let pairProducts = OperatorCases(
    PairProducts.Kind.allCases.flatMap { kind in
      [(2, 1), (2, 10), (3, 8), (7, 3), (7, 10), (19, 2), (3, 17)].map { m, k in
        .graph("pair products", "\(m)×\(k) \(kind.rawValue)", reads: [m * k], fields: m) {
          $0.pairProducts(kind, $1[0])
        }
      } + [
        OperatorCase.shared("pair products", ids: .plain(fields: 3), width: 30) { graph, _, x in
          graph.pairProducts(kind, x)
        }
      ]
    },
    timed: { rows in
      [(PairProducts.Kind.inner, 39), (.outer, 7)].map { kind, fields in
        .graph(
          "pair products", "\(fields)×10 \(kind.rawValue)", reads: [10 * fields], fields: fields,
          rows: [rows]
        ) { $0.pairProducts(kind, $1[0]) }
      }
    })
}
