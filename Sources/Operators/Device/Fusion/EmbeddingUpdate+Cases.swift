/// The updates of tables that sum up their gradients.
extension OperatorTable {
  static let embeddingUpdate = OperatorCases(
    product(IdPattern.all, product([1, 10, 33], tableOptimizers)).enumerated().map { index, form in
      let (ids, (k, optimizer)) = form
      let target: Lookup.Target = index % 2 == 0 ? .fields : .sample
      let l2: Float = index % 3 == 0 ? 0.25 : 0
      return OperatorCase(
        "embedding update", "\(optimizer.title), k = \(k), \(ids.name) by \(target), λ \(l2)",
        .table(ids, k, target, optimizer, l2: l2))
    },
    timed: { rows in
      [1, 10].map { k in
        OperatorCase(
          "embedding update", "Adagrad, touched rows of 1 M × \(k)", rows: [rows],
          .table(.clickLog, k, k == 1 ? .sample : .fields, Adagrad(), l2: 0, steps: 1))
      }
    })

  static let boundedEmbeddingUpdate = OperatorCases(
    twoPass("bounded embedding update") { ids, k, optimizer, l2 in
      .table(ids, k, .fields, optimizer, l2: l2, limit: 0.75)
    })

  static let wholeEmbeddingUpdate = OperatorCases(
    twoPass("whole embedding update") { ids, k, optimizer, l2 in
      .table(ids, k, .fields, optimizer, l2: l2, tables: .whole)
    }
      + twoPass("whole embedding update", "bounded, ") { ids, k, optimizer, l2 in
        .table(ids, k, .sample, optimizer, l2: l2, tables: .whole, limit: 0.75)
      },
    timed: { rows in
      [
        OperatorCase(
          "whole embedding update", "Adam, 1 M × 10, bounded, L2", rows: [rows],
          .table(.clickLog, 10, .fields, Adam(), l2: 1e-5, tables: .whole, limit: 10, steps: 1))
      ]
    })

  /// Updates in two passes; also of fields whose ids are apart, so that they have several owners, and of tables
  /// of several blocks.
  private static func twoPass(
    _ name: String, _ prefix: String = "",
    _ setup: (IdPattern, Int, any Optimizer, Float) -> TrainingCase
  ) -> [OperatorCase] {
    let patterns = IdPattern.all + [.ownFeatures([7, 31, 3, 50], slots: 2, absence: 0.2)]
    func entry(
      _ ids: IdPattern, _ k: Int, _ optimizer: any Optimizer, l2: Float, rows: [Int]
    ) -> OperatorCase {
      OperatorCase(
        name, "\(prefix)\(optimizer.title), k = \(k), \(ids.name), λ \(l2)", rows: rows,
        setup(ids, k, optimizer, l2))
    }
    return product(patterns, product([1, 10, 33], tableOptimizers)).enumerated().map {
      index, form in
      let (ids, (k, optimizer)) = form
      return entry(
        ids, k, optimizer, l2: index % 3 == 0 ? 0 : 0.25, rows: OperatorCase.standardRows)
    } + [
      entry(.ownFeatures([8501, 2]), 1, Adam(), l2: 0.25, rows: [17]),
      entry(.ownFeatures([2, 1500, 207]), 10, Adam(), l2: 0.25, rows: [17]),
      entry(.ownFeatures([200, 101]), 33, RowwiseAdagrad(), l2: 0.25, rows: [17]),
    ]
  }

  static let fusedFM = OperatorCases(
    product(
      [IdPattern.plain(fields: 3, features: 101), .plain(fields: 9, features: 7), .someAbsent],
      product([1, 8, 10, 16, 31, 40], tableOptimizers)
    ).enumerated().map { index, form in
      let (ids, (k, optimizer)) = form
      let l2: Float = index % 3 == 0 ? 0.25 : 0
      return OperatorCase(
        "fused FM", "\(optimizer.title), k = \(k), \(ids.name), λ \(l2)",
        TrainingCase(ids: ids, optimizer: optimizer, l2: l2, steps: 2, runsForward: true) { graph in
          let embedding = graph.embedding("V", width: k)
          return graph.sum([graph.firstOrder("w"), graph.interaction(embedding)])
        })
    })
}

extension CaseSetup where Self == TrainingCase {
  /// The update of a table by itself.
  fileprivate static func table(
    _ ids: IdPattern, _ k: Int, _ target: Lookup.Target, _ optimizer: any Optimizer, l2: Float,
    tables: Recipe.TableUpdate = .touched, limit: Float? = nil, steps: Int = 3
  ) -> TrainingCase {
    TrainingCase(
      ids: ids, optimizer: optimizer, l2: l2, tables: tables, limit: limit, steps: steps
    ) { graph in
      let shape = Lookup(layout: graph.layout, width: k, target: target)
      let table = graph.makeParameter(
        "table", rows: graph.layout.features, columns: k, kind: .table, group: .embedding,
        initializer: .constant(0))
      return graph.append(
        Embedding(
          shape: shape, table: table, output: graph.makeValue(width: shape.outputWidth)))
    }
  }
}
