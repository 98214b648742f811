extension OperatorTable {
  static let activation = OperatorCases(
    epilogues.map { form in
      .graph("activation", "\(form)", reads: [form.width]) { graph, x in
        graph.activate(form.activation, x[0], dropout: form.dropout)
      }
    } + [.shared("activation", width: 7) { graph, _, x in graph.activate(.sigmoid, x) }],
    timed: { rows in
      [
        .graph("activation", "400 relu, dropout 0.5", reads: [400], rows: [rows]) {
          $0.activate(.relu, $1[0], dropout: 0.5)
        }
      ]
    })
}
