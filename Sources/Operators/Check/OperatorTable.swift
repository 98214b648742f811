/// The operator table: every operator at awkward sizes, and at one to time.
///
/// An operator's rows stand beside it, in `X+Cases.swift`, and are listed here.
public enum OperatorTable {
  private static let all: [OperatorCases] = [
    embedding, targetAttention, activationUnit, frozenFields, firstOrder, interaction, innerProduct,
    pairProducts, fieldSum, outerProduct, dense, fieldDense, activation, normalization,
    layerNormalization, sum, multiply, scale, rowScale, columnMask, slice, halvesProduct,
    concatenate, fieldMixing, fieldGate, bilinear, crossEntropy, meanOfPasses, imitation, penalty,
    clipping, rowClipping, optimizers, embeddingUpdate, boundedEmbeddingUpdate,
    wholeEmbeddingUpdate, fusedFM, roundedTables, composed, selfEnsemble, uniqueIDs,
  ]

  /// All cases, one operator after the other.
  public static let cases = all.flatMap(\.cases)

  /// The operators, each once, in the table's order.
  package static let names = names(of: cases)

  /// The operators of some cases, each once, in their order.
  package static func names(of cases: [OperatorCase]) -> [String] {
    cases.reduce(into: []) { names, entry in
      if !names.contains(entry.name) { names.append(entry.name) }
    }
  }

  /// The forms and sizes that are timed: those of DeepFM on Criteo's log, k = 10, 400-400-400.
  ///
  /// - Parameter rows: the number of samples of a batch.
  package static func benchmarks(rows: Int = 4096) -> [OperatorCase] {
    all.flatMap { $0.timed(rows) }
  }
}

/// An operator's rows of the table.
struct OperatorCases: Sendable {
  /// What is checked.
  let cases: [OperatorCase]
  /// What is timed, for batches of as many samples.
  let timed: @Sendable (_ rows: Int) -> [OperatorCase]

  init(
    _ cases: [OperatorCase],
    timed: @escaping @Sendable (_ rows: Int) -> [OperatorCase] = { _ in [] }
  ) {
    (self.cases, self.timed) = (cases, timed)
  }
}

extension OperatorTable {
  static let widths = [1, 3, 7, 33, 129]
  static let vectorLengths = [1, 8, 10, 16, 40]
  static let tableUpdates: [Recipe.TableUpdate] = [.touched, .whole]
  static let lookups = product(IdPattern.all, tableUpdates)
  static let epilogues = product(Activation.allCases, [0, 0.1, 0.5] as [Float]).enumerated()
    .map { Form(activation: $1.0, dropout: $1.1, width: widths[$0 % widths.count], index: $0) }

  /// An activation with dropout for a width.
  struct Form: CustomStringConvertible, Sendable {
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

  // Not for 3 rows: a column may hardly vary over so few, and dividing by its deviation then
  // magnifies the rounding of what lies below.
  static let composed = OperatorCases(
    lookups.map { ids, region in
      .graph(
        "composed", "DeepFM, \(ids.name), \(region.rawValue) table", ids: ids, tables: region,
        rows: OperatorCase.standardRows.filter { $0 != 3 }
      ) { graph, _ in
        let embedding = graph.embedding("embedding", width: 10)
        let product = graph.dense("deep", embedding, outputs: 33, bias: false)
        let hidden = graph.normalization("norm", product, activation: .tanh, dropout: 0.1)
        let deep = graph.dense("output", hidden, outputs: 1)
        return graph.sum([graph.firstOrder("wide"), graph.interaction(embedding), deep])
      }
    })
}
