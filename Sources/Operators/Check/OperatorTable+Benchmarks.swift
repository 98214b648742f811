import Data

extension OperatorTable {
  /// The forms and sizes that are timed: those of DeepFM on Criteo's log, k = 10, 400-400-400.
  ///
  /// - Parameter rows: the number of samples of a batch.
  public static func benchmarks(rows: Int = 4096) -> [OperatorCase] {
    let ids = IdPattern.clickLog
    let table = UpdateTarget(ids: ids, width: 10)
    let matrix = UpdateTarget(ids: nil, width: 400)
    let dense = [(390, 400), (400, 400), (400, 1)].map { inputs, outputs in
      OperatorCase.graph(
        "dense", "\(inputs)×\(outputs)\(outputs > 1 ? " relu" : "")", reads: [inputs], rows: [rows]
      ) { graph, x in
        graph.dense("dense", x[0], outputs: outputs, activation: outputs > 1 ? .relu : .identity)
      }
    }
    // 21 of the fields are small; a share of more than the ceiling is the arithmetic they save.
    let fields = IdPattern.ownFeatures(
      [Int](repeating: 50, count: 13) + [3, 4, 10, 15, 18, 24, 27, 105]
        + [Int](repeating: 50_000, count: 18))
    let byID = OperatorCase.graph(
      "dense", "390×400 relu by id, and its embedding", ids: fields, rows: [rows]
    ) { graph, _ in
      graph.dense("dense", graph.embedding("table", width: 10), outputs: 400, activation: .relu)
    }
    let lookups: [OperatorCase] = [
      .graph("embedding", "39 fields of 1 M features, k = 10", ids: ids, rows: [rows]) {
        graph, _ in graph.embedding("table", width: 10)
      },
      .graph("first-order", "39 fields of 1 M features", ids: ids, rows: [rows]) {
        graph, _ in graph.firstOrder("wide")
      },
      OperatorCase("distinct ids", "39 of 1 M features", rows: [rows], DistinctIdsTrial(ids: ids)),
    ]
    // By the sums of the fields, and by pairs.
    let inner = [39, 24].map { fields in
      OperatorCase.graph(
        "inner product", "\(fields)×10 to 400", ids: .plain(fields: fields), reads: [10 * fields],
        rows: [rows]
      ) { graph, x in graph.innerProduct("theta", x[0], outputs: 400) }
    }
    let elementwise: [OperatorCase] = [
      .graph("interaction", "39×10", ids: .plain(fields: 39), reads: [390], rows: [rows]) {
        $0.interaction($1[0])
      },
      .graph("pair products", "39×10 inner", ids: .plain(fields: 39), reads: [390], rows: [rows]) {
        $0.pairProducts(.inner, $1[0])
      },
      .graph("pair products", "7×10 outer", ids: .plain(fields: 7), reads: [70], rows: [rows]) {
        $0.pairProducts(.outer, $1[0])
      },
      .graph("field sum", "39×10", ids: .plain(fields: 39), reads: [390], rows: [rows]) {
        $0.fieldSum($1[0])
      },
      .graph("outer product", "10×10", reads: [10], rows: [rows]) { $0.outerProduct($1[0]) },
      .graph("activation", "400 relu, dropout 0.5", reads: [400], rows: [rows]) {
        $0.activate(.relu, $1[0], dropout: 0.5)
      },
      .graph("batch norm", "400 relu", reads: [400], rows: [rows]) {
        $0.normalization("norm", $1[0], activation: .relu)
      },
      .graph("sum", "2 terms of 400", reads: [400, 400], rows: [rows]) { $0.sum($1) },
      .graph("product", "400", reads: [400, 400], rows: [rows]) { $0.multiply($1[0], $1[1]) },
      OperatorCase("cross-entropy", "weighted", rows: [rows], LossTrial(weights: .positive)),
    ]
    let updates =
      [
        OperatorCase("L2", "500 k × 10", rows: [500_000], PenaltyTrial(target: .whole(width: 10))),
        OperatorCase(
          "clipping", "400×400 and 500 k × 10", rows: [40_000],
          ClipTrial(limit: 1, widths: [4, 125])),
      ]
      + [
        OperatorCase(
          "row clipping", "touched rows of 1 M × 10", rows: [rows],
          RowClipTrial(clip: RowClip(), ids: ids, width: 10, region: .touched))
      ]
      + [Optimizer.sgd, .adagrad(), .rowwiseAdagrad(), .adam(), .ftrl()].flatMap { optimizer in
        [
          OperatorCase(
            optimizer.name, "400×400", rows: [400],
            OptimizerTrial(optimizer: optimizer, target: matrix, steps: 1)),
          OperatorCase(
            optimizer.name, "500 k × 10", rows: [500_000],
            OptimizerTrial(optimizer: optimizer, target: .whole(width: 10), steps: 1)),
          OperatorCase(
            optimizer.name, "touched rows of 1 M × 10", rows: [rows],
            OptimizerTrial(optimizer: optimizer, target: table, steps: 1)),
        ]
      }
    let steps = [1, 10].map { k in
      OperatorCase(
        "table step", "Adagrad, touched rows of 1 M × \(k)", rows: [rows],
        TableStepTrial(
          ids: ids, width: k, target: k == 1 ? .sample : .fields, optimizer: .adagrad(), l2: 0,
          steps: 1))
    }
    let whole = OperatorCase(
      "whole table step", "Adam, 1 M × 10, bounded, L2", rows: [rows],
      TableStepTrial(
        ids: ids, width: 10, target: .fields, optimizer: .adam(), l2: 1e-5, region: .whole,
        limit: 10, steps: 1))
    return lookups + dense + [byID] + inner + elementwise + updates + steps + [whole]
  }
}

extension IdPattern {
  /// Criteo's log: 39 single-valued fields, a million features, a few of them very frequent.
  fileprivate static let clickLog = IdPattern(
    name: "click log",
    layout: BatchLayout(
      features: 1_000_000, fields: 39, slotFields: Array(0..<39), weighted: false),
    occurring: 1_000_000, isSkewed: true)
}

extension UpdateTarget {
  /// All of a parameter.
  fileprivate static func whole(width: Int) -> UpdateTarget {
    UpdateTarget(ids: nil, width: width)
  }
}
