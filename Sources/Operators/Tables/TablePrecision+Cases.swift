/// Trainings whose tables are kept in bfloat16: what lookups read, and what updates leave, number by number the
/// neighbour that the reference takes as well.
extension OperatorTable {
  static let roundedTables = OperatorCases(
    product(
      roundedPatterns, product([1, 10, 33], [Adam(), RowwiseAdagrad()] as [any Optimizer])
    ).map { ids, form in
      rounded("touched", ids, form.0, form.1, tables: .touched)
    }
      + product(roundedPatterns, product([1, 10, 33], [Adam(), FTRL()] as [any Optimizer])).map {
        ids, form in
        rounded("whole, bounded", ids, form.0, form.1, tables: .whole, limit: 0.75)
      }
      + product([4, 10, 33], Recipe.TableUpdate.allCases).map { k, tables in
        OperatorCase(
          "bfloat16 tables", "DeepFM, k = \(k), \(tables.rawValue) tables", rows: [1, 127],
          TrainingCase(
            ids: .ownFeatures([3, 50, 7], slots: 1), optimizer: Adagrad(), l2: 0.25, tables: tables,
            precision: .bfloat16, steps: 1, runsForward: true
          ) { graph in
            let embedding = graph.embedding("V", width: k)
            let deep = graph.dense("deep", embedding, outputs: 17, activation: .tanh)
            return graph.sum([
              graph.firstOrder("w"), graph.interaction(embedding),
              graph.dense("output", deep, outputs: 1),
            ])
          })
      }
      + [10, 31].map { k in
        OperatorCase(
          "bfloat16 tables", "FM, k = \(k)", rows: [1, 127],
          TrainingCase(
            ids: .someAbsent, optimizer: Adam(), l2: 0.25, precision: .bfloat16, steps: 1,
            runsForward: true
          ) { graph in
            let embedding = graph.embedding("V", width: k)
            return graph.sum([graph.firstOrder("w"), graph.interaction(embedding)])
          })
      })

  private static let roundedPatterns: [IdPattern] = [
    IdPattern.all[1], .ownFeatures([7, 31, 3, 50], slots: 2, absence: 0.2),
  ]

  private static func rounded(
    _ name: String, _ ids: IdPattern, _ k: Int, _ optimizer: any Optimizer,
    tables: Recipe.TableUpdate, limit: Float? = nil
  ) -> OperatorCase {
    OperatorCase(
      "bfloat16 tables", "\(optimizer.title), k = \(k), \(ids.name), \(name)", rows: [0, 1, 31],
      TrainingCase(
        ids: ids, optimizer: optimizer, l2: 0.25, tables: tables, limit: limit,
        precision: .bfloat16, steps: 2
      ) { graph in
        k == 1 ? graph.firstOrder("w") : graph.embedding("V", width: k)
      })
  }
}
