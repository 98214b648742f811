extension OperatorTable {
  // Not of few columns that hardly vary: dividing by their deviation magnifies rounding.
  static let layerNormalization = OperatorCases(
    [1, 7, 16, 33, 129].map { width in
      .graph("layer norm", "\(width)", reads: [width]) { $0.layerNormalization("norm", $1[0]) }
    } + [.shared("layer norm", width: 40) { $0.layerNormalization($1, $2) }],
    timed: { rows in
      [
        .graph("layer norm", "400", reads: [400], rows: [rows]) {
          $0.layerNormalization("norm", $1[0])
        }
      ]
    })
}
