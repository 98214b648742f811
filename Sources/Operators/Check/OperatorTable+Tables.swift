/// The steps of tables.
extension OperatorTable {
  static let tableStep: [OperatorCase] = product(
    IdPattern.all,
    product([1, 10, 33], [Optimizer.sgd, .adagrad(), .rowwiseAdagrad(), .adam(), .ftrl()])
  ).enumerated().map { index, form in
    let (ids, (k, optimizer)) = form
    let l2: Float = index % 3 == 0 ? 0.25 : 0
    let target: Lookup.Target = index % 2 == 0 ? .fields : .sample
    return OperatorCase(
      "table step",
      "\(optimizer.name), k = \(k), \(ids.name) by \(target), λ \(l2)",
      TableStepTrial(ids: ids, width: k, target: target, optimizer: optimizer, l2: l2))
  }

  static let boundedTableStep: [OperatorCase] =
    halves("bounded table step") { ids, k, optimizer, l2 in
      TableStepTrial(
        ids: ids, width: k, target: .fields, optimizer: optimizer, l2: l2, limit: 0.75)
    }

  static let wholeTableStep: [OperatorCase] =
    halves("whole table step") { ids, k, optimizer, l2 in
      TableStepTrial(
        ids: ids, width: k, target: .fields, optimizer: optimizer, l2: l2, region: .whole)
    }
    + halves("whole table step", "bounded, ") { ids, k, optimizer, l2 in
      TableStepTrial(
        ids: ids, width: k, target: .sample, optimizer: optimizer, l2: l2, region: .whole,
        limit: 0.75)
    }

  /// Steps that are made in two halves; also of fields whose ids are apart, so that they have several
  /// owners, and of tables of several blocks.
  private static func halves(
    _ name: String, _ prefix: String = "",
    _ trial: (IdPattern, Int, Optimizer, Float) -> TableStepTrial
  ) -> [OperatorCase] {
    let patterns = IdPattern.all + [.ownFeatures([7, 31, 3, 50], slots: 2, absence: 0.2)]
    let optimizers: [Optimizer] = [.sgd, .adagrad(), .rowwiseAdagrad(), .adam(), .ftrl()]
    func entry(
      _ ids: IdPattern, _ k: Int, _ optimizer: Optimizer, l2: Float, rows: [Int]
    ) -> OperatorCase {
      OperatorCase(
        name, "\(prefix)\(optimizer.name), k = \(k), \(ids.name), λ \(l2)", rows: rows,
        trial(ids, k, optimizer, l2))
    }
    return product(patterns, product([1, 10, 33], optimizers)).enumerated().map { index, form in
      let (ids, (k, optimizer)) = form
      return entry(
        ids, k, optimizer, l2: index % 3 == 0 ? 0 : 0.25, rows: OperatorCase.standardRows)
    } + [
      entry(.ownFeatures([8501, 2]), 1, .adam(), l2: 0.25, rows: [17]),
      entry(.ownFeatures([2, 1500, 207]), 10, .adam(), l2: 0.25, rows: [17]),
      entry(.ownFeatures([200, 101]), 33, .rowwiseAdagrad(), l2: 0.25, rows: [17]),
    ]
  }

  static let machine: [OperatorCase] = product(
    [
      IdPattern.plain(fields: 3, features: 101), .plain(fields: 9, features: 7), .someAbsent,
    ],
    product(
      [1, 8, 10, 16, 31, 40], [Optimizer.sgd, .adagrad(), .rowwiseAdagrad(), .adam(), .ftrl()])
  ).enumerated().map { index, form in
    let (ids, (k, optimizer)) = form
    let l2: Float = index % 3 == 0 ? 0.25 : 0
    return OperatorCase(
      "machine", "\(optimizer.name), k = \(k), \(ids.name), λ \(l2)",
      MachineTrial(ids: ids, width: k, optimizer: optimizer, l2: l2))
  }
}
