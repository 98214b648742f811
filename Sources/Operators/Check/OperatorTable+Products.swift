/// The entries of products.
extension OperatorTable {
  private static let innerProductSizes: [(fields: Int, width: Int, outputs: Int)] = [
    (1, 1, 1), (1, 10, 33), (2, 8, 129), (2, 40, 3), (7, 1, 7), (7, 10, 33), (7, 16, 1),
    (19, 4, 17), (39, 8, 3), (39, 10, 33),
  ]
  private static let fieldSumSizes: [(fields: Int, width: Int)] = [
    (1, 1), (1, 16), (2, 8), (7, 10), (7, 40), (39, 10),
  ]

  static let innerProduct: [OperatorCase] =
    innerProductSizes.map { m, k, outputs in
      OperatorCase.graph(
        "inner product", "\(m)×\(k) to \(outputs)", ids: .plain(fields: m), reads: [m * k]
      ) { $0.innerProduct("theta", $1[0], outputs: outputs) }
    } + [
      // More rows than are computed at a time, by the sums of fields and by pairs.
      .graph(
        "inner product", "32×8 to 800", ids: .plain(fields: 32), reads: [256], rows: [167]
      ) { $0.innerProduct("theta", $1[0], outputs: 800) },
      .graph(
        "inner product", "45×16 to 1", ids: .plain(fields: 45), reads: [720], rows: [1031, 2053]
      ) { $0.innerProduct("theta", $1[0], outputs: 1) },
      .shared("inner product", ids: .plain(fields: 3), width: 30) {
        $0.innerProduct($1, $2, outputs: 5)
      },
    ]

  static let pairProducts: [OperatorCase] =
    PairProducts.Kind.allCases.flatMap { kind in
      [(2, 1), (2, 10), (3, 8), (7, 3), (7, 10), (19, 2), (3, 17)].map { m, k in
        OperatorCase.graph(
          "pair products", "\(m)×\(k) \(kind.rawValue)", ids: .plain(fields: m), reads: [m * k]
        ) { $0.pairProducts(kind, $1[0]) }
      } + [
        .shared("pair products", ids: .plain(fields: 3), width: 30) { graph, _, x in
          graph.pairProducts(kind, x)
        }
      ]
    }

  static let fieldSum: [OperatorCase] =
    fieldSumSizes.map { m, k in
      OperatorCase.graph("field sum", "\(m)×\(k)", ids: .plain(fields: m), reads: [m * k]) {
        $0.fieldSum($1[0])
      }
    } + [
      .shared("field sum", ids: .plain(fields: 3), width: 30) { graph, _, x in graph.fieldSum(x) }
    ]

  static let outerProduct: [OperatorCase] =
    vectorLengths.map { k in
      OperatorCase.graph("outer product", "\(k)×\(k)", reads: [k]) { $0.outerProduct($1[0]) }
    } + [.shared("outer product", width: 7) { graph, _, x in graph.outerProduct(x) }]

  static let multiply: [OperatorCase] =
    widths.map { width in
      OperatorCase.graph("product", "\(width)", reads: [width, width]) {
        $0.multiply($1[0], $1[1])
      }
    } + [.graph("product", "a square", reads: [7]) { $0.multiply($1[0], $1[0]) }]
}
