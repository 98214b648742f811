// Where a table's gradient is summed: here it is decided who groups the ids of a batch.
//
// By owners, on a device that can: the ids of a batch come as they are, and a table's gradient is summed
// and applied in one operator. Otherwise from the occurrences of grouped ids, in the loader's time: where
// the gradient of the touched rows is wanted by itself, since its norm is bounded, or the occurrences
// are, since each bounds its row's gradient.

extension Graph {
  /// The lookups whose tables' gradients are summed and applied at once, by the table's index.
  func ownedLookups(_ recipe: Recipe?, ownsIds: Bool) -> [Int: any TableLookup] {
    guard let recipe, ownsIds, recipe.tables == .touched, recipe.clipNorm == nil,
      recipe.rowClip == nil
    else { return [:] }
    return lookups
  }

  /// The operations that look up a table's rows, by the table's index.
  fileprivate var lookups: [Int: any TableLookup] {
    operations.compactMap { $0 as? any TableLookup }.reduce(into: [:]) {
      $0[$1.table.index] = $1
    }
  }
}

extension Network {
  /// Whether batches to train on must come with their ids grouped, see ``Batch/isGrouped``.
  public var groupsIds: Bool {
    guard let recipe else { return false }
    guard backend.ownsIds, recipe.rowClip == nil else { return true }
    let owned = recipe.tables == .touched ? ownedLookups : graph.lookups
    return graph.parameters.contains { $0.kind == .table && owned[$0.index] == nil }
  }

  /// Where a lookup leaves its table's gradient; nil where the table's update sums it up.
  func lookupTarget(_ table: Parameter) -> B.Buffer? {
    ownedLookups[table.index] == nil ? gradient(of: table) : nil
  }

  /// Whether a table's gradient is summed and applied at once.
  func isOwned(_ table: Parameter) -> Bool { ownedLookups[table.index] != nil }

  /// Sums up the gradient of the table that a lookup reads, and applies it; those of a machine's two
  /// tables together, when its first one is.
  func updateTable(of lookup: any TableLookup, rateFactor: Float) throws {
    guard let machine = runsMachine else {
      return try backend.updateTable(
        tableStep(lookup, dy: gradient(of: lookup.output), rateFactor: rateFactor), input: input)
    }
    guard lookup.table == machine.embedding.table else { return }
    try updateTables(of: machine, rateFactor: rateFactor)
  }

  /// The current step of a lookup's table.
  func tableStep(
    _ lookup: any TableLookup, dy: B.Buffer, rateFactor: Float
  ) -> TableStep<B.Buffer> {
    let table = lookup.table
    guard let group = recipe?[table.group] else {
      preconditionFailure("a network without a recipe does not learn")
    }
    return TableStep(
      shape: lookup.shape, dy: dy, optimizer: group.optimizer,
      rate: group.rate(step: step, factor: rateFactor), l2: group.l2, step: step,
      table: self[table], state: optimizerStates[table.index], scale: gradientScale,
      gradient: gradient(of: table))
  }
}
