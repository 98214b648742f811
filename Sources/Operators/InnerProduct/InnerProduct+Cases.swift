extension OperatorTable {
  private static let innerProductSizes: [(fields: Int, width: Int, outputs: Int)] = [
    (1, 1, 1), (1, 10, 33), (2, 8, 129), (2, 40, 3), (7, 1, 7), (7, 10, 33), (7, 16, 1),
    (19, 4, 17), (39, 8, 3), (39, 10, 33),
  ]

  static let innerProduct = OperatorCases(
    innerProductSizes.map { m, k, outputs in
      .graph("inner product", "\(m)×\(k) to \(outputs)", reads: [m * k], fields: m) {
        $0.innerProduct("theta", $1[0], outputs: outputs)
      }
    } + [
      // More rows than are computed at a time, by the sums of fields and by pairs.
      .graph("inner product", "32×8 to 800", reads: [256], fields: 32, rows: [167]) {
        $0.innerProduct("theta", $1[0], outputs: 800)
      },
      .graph("inner product", "45×16 to 1", reads: [720], fields: 45, rows: [1031, 2053]) {
        $0.innerProduct("theta", $1[0], outputs: 1)
      },
      .shared("inner product", ids: .plain(fields: 3), width: 30) {
        $0.innerProduct($1, $2, outputs: 5)
      },
    ],
    // By the sums of the fields, and by pairs.
    timed: { rows in
      [39, 24].map { fields in
        .graph(
          "inner product", "\(fields)×10 to 400", reads: [10 * fields], fields: fields, rows: [rows]
        ) { $0.innerProduct("theta", $1[0], outputs: 400) }
      }
    })
}
