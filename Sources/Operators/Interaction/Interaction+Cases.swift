extension OperatorTable {
  static let interaction = OperatorCases(
    product([1, 2, 7, 39], vectorLengths).map { m, k in
      .graph("interaction", "\(m)×\(k)", reads: [m * k], fields: m) { $0.interaction($1[0]) }
    } + [
      .shared("interaction", ids: .plain(fields: 3), width: 30) { $0.interaction($2) }
    ],
    timed: { rows in
      [
        .graph("interaction", "39×10", reads: [390], fields: 39, rows: [rows]) {
          $0.interaction($1[0])
        }
      ]
    })
}
