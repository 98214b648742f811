extension OperatorTable {
  static let uniqueIDs = OperatorCases([]) { rows in
    [
      OperatorCase(
        "distinct ids", "39 of 1 M features", rows: [rows], UniqueIDsCase(ids: .clickLog))
    ]
  }
}

/// The distinct ids of a batch: for timing, since what they are is seen in the gradients of tables.
private struct UniqueIDsCase: CaseSetup {
  /// The ids of the batch.
  let ids: IdPattern

  func prepare<B: Backend>(on backend: B, rows: Int) throws -> PreparedCase<B> {
    let step = FindUniqueIDs(slots: ids.layout.slots)
    let pass = try Pass(for: [step], on: backend, ids.batch(rows: rows))
    // Read, and written as places, as ids and as starts.
    let cost = Cost(flops: 0, scalars: 4 * rows * ids.layout.slots)
    return PreparedCase(
      backend: backend, inputs: [], outputs: [], terms: 1, cost: (cost, .none),
      forward: { try pass.run([step]) })
  }
}
