extension OperatorTable {
  static let normalization = OperatorCases(
    product(epilogues, [true, false]).map { form, training in
      .graph(
        "batch norm", "\(form), \(training ? "training" : "inference")", reads: [form.width],
        training: training
      ) { graph, x in
        graph.normalization("norm", x[0], activation: form.activation, dropout: form.dropout)
      }
    } + [.shared("batch norm", width: 7) { $0.normalization($1, $2, activation: .tanh) }],
    timed: { rows in
      [
        .graph("batch norm", "400 relu", reads: [400], rows: [rows]) {
          $0.normalization("norm", $1[0], activation: .relu)
        }
      ]
    })
}
