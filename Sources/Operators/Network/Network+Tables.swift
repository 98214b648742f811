// Where a table's gradient is summed.
//
// By owners of ids, on a device that can: a table's gradient is summed and applied in one operator, or in
// two where the norm is bounded in between or all rows are updated. Otherwise from the places of the
// batch's distinct ids, which are found first: on other devices, and where an id's occurrences bound the
// gradient of its row.

extension Graph {
  /// The lookups whose tables' gradients are summed by owners of ids, by the table's index.
  func ownedLookups(_ recipe: Recipe?, ownsIds: Bool) -> [Int: any TableLookup] {
    guard let recipe, ownsIds, recipe.rowClip == nil else { return [:] }
    return operations.compactMap { $0 as? any TableLookup }.reduce(into: [:]) {
      $0[$1.table.index] = $1
    }
  }

  /// Whether there are tables whose gradients are summed by distinct ids instead.
  func groupsIds(_ recipe: Recipe?, owned: [Int: any TableLookup]) -> Bool {
    recipe != nil && parameters.contains { $0.kind == .table && owned[$0.index] == nil }
  }
}

extension Recipe {
  /// How many parts the square of a table's gradient's norm has; nil where the norm is not bounded.
  func squaresCount(of lookup: any TableLookup) -> Int? {
    guard clipNorm != nil else { return nil }
    return lookup.shape.squaresCount(
      region: region(of: lookup.table), l2: self[lookup.table.group].l2)
  }
}

extension Network {
  /// Where a lookup leaves its table's gradient; nil where the table's step sums it up.
  func lookupTarget(_ table: Parameter) -> B.Buffer? {
    ownedLookups[table.index] == nil ? gradient(of: table) : nil
  }

  /// Whether a table's gradient is summed and applied at once.
  func updatesAtOnce(_ table: Parameter) -> Bool {
    ownedLookups[table.index] != nil && recipe?.clipNorm == nil && region(of: table) == .touched
  }

  /// Sums up the gradients of the tables whose step is made in two halves.
  ///
  /// - Returns: where the norm is bounded, the parts of its square.
  func sumTables(rateFactor: Float) throws -> [(buffer: B.Buffer, count: Int)] {
    var squares: [(buffer: B.Buffer, count: Int)] = []
    for parameter in graph.parameters {
      guard let lookup = ownedLookups[parameter.index], !updatesAtOnce(parameter) else { continue }
      backend.begin(Section.backward(lookup))
      let step = tableStep(lookup, dy: gradient(of: lookup.output), rateFactor: rateFactor)
      try backend.sumTable(step, input: input)
      if let parts = step.squares { squares.append((parts, step.squaresCount)) }
    }
    return squares
  }

  /// Applies the gradient of the table that a lookup reads, and sums it up where that has not been done;
  /// of a machine those of its two tables together, when its first one is.
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
      region: region(of: table), table: self[table], state: optimizerStates[table.index],
      scale: gradientScale, gradient: gradient(of: table),
      squares: gradientSquares[table.index], isTableNew: areTablesNew)
  }
}
