/// The operator table. Adding an operator is adding its entry here.
public enum OperatorTable {
  /// All cases, one operator after the other.
  public static let cases: [OperatorCase] = [
    embedding, firstOrder, interaction, innerProduct, pairProducts, fieldSum, outerProduct, dense,
    denseByID, activation, normalization, sum, multiply, crossEntropy, penalty, clipping,
    rowClipping, optimizers, tableStep, boundedTableStep, wholeTableStep, machine, composed,
  ].flatMap { $0 }

  /// The operators, each once, in the table's order.
  public static let names = names(of: cases)

  /// The operators of some cases, each once, in their order.
  public static func names(of cases: [OperatorCase]) -> [String] {
    cases.reduce(into: []) { names, entry in
      if names.last != entry.name { names.append(entry.name) }
    }
  }

  // MARK: Sizes

  static let widths = [1, 3, 7, 33, 129]
  static let vectorLengths = [1, 8, 10, 16, 40]
  private static let regions: [Recipe.TableUpdate] = [.touched, .whole]
  private static let lookups = product(IdPattern.all, regions)
  private static let endings = product(Activation.allCases, [0, 0.1, 0.5] as [Float]).enumerated()
    .map { Form(activation: $1.0, dropout: $1.1, width: widths[$0 % widths.count], index: $0) }

  // MARK: Entries

  static let embedding: [OperatorCase] = product(lookups, vectorLengths).map { lookup, k in
    OperatorCase.graph(
      "embedding", "k = \(k), \(lookup.0.name), \(lookup.1.rawValue) table", ids: lookup.0,
      tables: lookup.1
    ) { graph, _ in graph.embedding("table", width: k) }
  }

  static let firstOrder: [OperatorCase] = lookups.map { ids, region in
    OperatorCase.graph(
      "first-order", "\(ids.name), \(region.rawValue) table", ids: ids, tables: region,
      rows: OperatorCase.standardRows + [1031]
    ) { graph, _ in graph.firstOrder("wide") }
  }

  static let interaction: [OperatorCase] =
    product([1, 2, 7, 39], vectorLengths).map { m, k in
      OperatorCase.graph(
        "interaction", "\(m)×\(k)", ids: .plain(fields: m), reads: [m * k]
      ) { graph, x in graph.interaction(x[0]) }
    } + [
      .shared("interaction", ids: .plain(fields: 3), width: 30) { $0.interaction($2) }
    ]

  static let dense: [OperatorCase] =
    endings.map { ending in
      let inputs = widths[(ending.index * 2 + 3) % widths.count]
      return OperatorCase.graph("dense", "\(inputs)×\(ending)", reads: [inputs]) { graph, x in
        graph.dense(
          "dense", x[0], outputs: ending.width, activation: ending.activation,
          dropout: ending.dropout)
      }
    } + [
      .graph("dense", "33×16 without bias", reads: [33]) { graph, x in
        graph.dense("dense", x[0], outputs: 16, bias: false)
      },
      .graph("dense", "400×1", reads: [400]) { $0.dense("dense", $1[0], outputs: 1) },
      .shared("dense", width: 17) { $0.dense($1, $2, outputs: 5, activation: .tanh) },
      .graph("dense", "700×20", reads: [700]) { $0.dense("dense", $1[0], outputs: 20) },
    ]
    + [
      (Activation.identity, 33, 7), (.relu, 7, 1), (.relu, 48, 80), (.tanh, 129, 33),
      (.sigmoid, 16, 16),
    ].map { activation, width, outputs in
      .graph(
        "dense", "9×\(width)×\(outputs) \(activation.rawValue), dropout 0.3", reads: [9]
      ) { graph, x in
        let layer = graph.dense(
          "first", x[0], outputs: width, activation: activation, dropout: 0.3)
        return graph.dense("second", layer, outputs: outputs)
      }
    }

  static let activation: [OperatorCase] =
    endings.map { ending in
      OperatorCase.graph("activation", "\(ending)", reads: [ending.width]) { graph, x in
        graph.activate(ending.activation, x[0], dropout: ending.dropout)
      }
    } + [.shared("activation", width: 7) { graph, _, x in graph.activate(.sigmoid, x) }]

  static let normalization: [OperatorCase] =
    product(endings, [true, false]).map { ending, training in
      OperatorCase.graph(
        "batch norm", "\(ending), \(training ? "training" : "inference")", reads: [ending.width],
        training: training
      ) { graph, x in
        graph.normalization("norm", x[0], activation: ending.activation, dropout: ending.dropout)
      }
    } + [.shared("batch norm", width: 7) { $0.normalization($1, $2, activation: .tanh) }]

  static let sum: [OperatorCase] =
    product([1, 2, 3], widths).map { terms, width in
      OperatorCase.graph(
        "sum", "\(terms) terms of \(width)", reads: Array(repeating: width, count: terms)
      ) { graph, x in graph.sum(x) }
    } + [.graph("sum", "a term twice", reads: [7]) { graph, x in graph.sum([x[0], x[0]]) }]

  static let crossEntropy: [OperatorCase] = [
    OperatorCase("cross-entropy", "unweighted", LossTrial(weights: nil)),
    OperatorCase("cross-entropy", "weighted", LossTrial(weights: .positive)),
    OperatorCase("cross-entropy", "no weight at all", LossTrial(weights: .constant(0))),
  ]

  static let penalty: [OperatorCase] = targets.map {
    OperatorCase("L2", $0.name, PenaltyTrial(target: $0))
  }

  static let clipping: [OperatorCase] = [
    OperatorCase("clipping", "active", ClipTrial(limit: 0.0625, widths: [33])),
    OperatorCase("clipping", "active, three gradients", ClipTrial(limit: 1, widths: [1, 40, 7])),
    OperatorCase("clipping", "inactive", ClipTrial(limit: 1e6, widths: [10, 1])),
  ]

  static let rowClipping: [OperatorCase] = product(lookups, [1, 10, 33]).map { lookup, k in
    let region: TableRegion = lookup.1 == .whole ? .whole : .touched
    // Some rows exceed the bound, others do not.
    let clip = RowClip(ratio: 0.375, floor: 0.25)
    return OperatorCase(
      "row clipping", "k = \(k), \(lookup.0.name), \(lookup.1.rawValue) table",
      RowClipTrial(clip: clip, ids: lookup.0, width: k, region: region))
  }

  static let optimizers: [OperatorCase] = product(
    [
      Optimizer.sgd, .adagrad(), .rowwiseAdagrad(), .adam(),
      .adam(beta1: 0.5, beta2: 0.75, epsilon: 0.125), .ftrl(),
      .ftrl(beta: 0.5, l1: 0.75, l2: 0.25),
    ], targets
  ).map { optimizer, target in
    OperatorCase(
      optimizer.name, "\(optimizer.numbers)\(target.name)",
      OptimizerTrial(optimizer: optimizer, target: target, steps: 4))
  }

  // Not for 3 rows: a column may hardly vary over so few, and dividing by its deviation then
  // magnifies the rounding of what lies below.
  static let composed: [OperatorCase] = product(IdPattern.all, regions).map { ids, region in
    OperatorCase.graph(
      "composed", "DeepFM, \(ids.name), \(region.rawValue) table", ids: ids, tables: region,
      rows: OperatorCase.standardRows.filter { $0 != 3 }
    ) { graph, _ in
      let embedding = graph.embedding("embedding", width: 10)
      let product = graph.dense("deep", embedding, outputs: 33, bias: false)
      let hidden = graph.normalization("norm", product, activation: .tanh, dropout: 0.1)
      let deep = graph.dense("output", hidden, outputs: 1)
      return graph.sum([graph.firstOrder("wide"), graph.interaction(embedding), deep])
    }
  }

  private static let targets =
    [1, 33].map { UpdateTarget(ids: nil, width: $0) }
    + zip(IdPattern.all, [10, 1, 16, 40]).map { UpdateTarget(ids: $0, width: $1) }
}

extension OperatorTable {
  /// An activation with dropout for a width.
  private struct Form: CustomStringConvertible, Sendable {
    let activation: Activation
    let dropout: Float
    let width: Int
    let index: Int

    var description: String {
      "\(width) \(activation.rawValue)" + (dropout > 0 ? ", dropout \(dropout)" : "")
    }
  }

  /// All pairs.
  static func product<A, B>(_ first: [A], _ second: [B]) -> [(A, B)] {
    first.flatMap { a in second.map { (a, $0) } }
  }
}

extension Optimizer {
  /// For people.
  var name: String {
    switch self {
    case .sgd: "SGD"
    case .adagrad: "Adagrad"
    case .rowwiseAdagrad: "row-wise Adagrad"
    case .adam: "Adam"
    case .ftrl: "FTRL"
    }
  }

  /// The numbers that distinguish two of one kind.
  fileprivate var numbers: String {
    switch self {
    case .sgd, .adagrad, .rowwiseAdagrad: ""
    case .adam(let beta1, let beta2, _): "β \(beta1) and \(beta2), "
    case .ftrl(_, let l1, let l2): "λ \(l1) and \(l2), "
    }
  }
}
