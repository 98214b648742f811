extension OperatorTable {
  static let dense = OperatorCases(
    epilogues.map { form in
      let inputs = widths[(form.index * 2 + 3) % widths.count]
      return .graph("dense", "\(inputs)×\(form)", reads: [inputs]) { graph, x in
        graph.dense(
          "dense", x[0], outputs: form.width, activation: form.activation, dropout: form.dropout)
      }
    } + [
      .graph("dense", "33×16 without bias", reads: [33]) { graph, x in
        graph.dense("dense", x[0], outputs: 16, bias: false)
      },
      .graph("dense", "400×1", reads: [400]) { $0.dense("dense", $1[0], outputs: 1) },
      .shared("dense", width: 17) { $0.dense($1, $2, outputs: 5, activation: .tanh) },
      .graph("dense", "700×20", reads: [700]) { $0.dense("dense", $1[0], outputs: 20) },
    ] + twoLayers,
    timed: { rows in
      [(390, 400), (400, 400), (400, 1)].map { inputs, outputs in
        .graph(
          "dense", "\(inputs)×\(outputs)\(outputs > 1 ? " relu" : "")", reads: [inputs],
          rows: [rows]
        ) { graph, x in
          graph.dense(
            "dense", x[0], outputs: outputs, activation: outputs > 1 ? .relu : .identity)
        }
      }
    })

  /// The gradient of the first one's epilogue is taken in the second.
  private static let twoLayers: [OperatorCase] = [
    (Activation.identity, 33, 7), (.relu, 7, 1), (.relu, 48, 80), (.tanh, 129, 33),
    (.sigmoid, 16, 16),
  ].map { activation, width, outputs in
    .graph("dense", "9×\(width)×\(outputs) \(activation.rawValue), dropout 0.3", reads: [9]) {
      graph, x in
      let layer = graph.dense("first", x[0], outputs: width, activation: activation, dropout: 0.3)
      return graph.dense("second", layer, outputs: outputs)
    }
  }
}
