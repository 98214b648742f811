import Data

extension Network {
  /// One training step: forward, loss, backward, update. Queued, not waited for.
  ///
  /// - Parameter rateFactor: multiplies the learning rate of every optimizer that follows a
  ///   schedule.
  /// - Precondition: the network has a recipe.
  public func train(_ batch: Batch, rateFactor: Float = 1) throws {
    try load(batch)
    try forward(training: true)
    try computeLoss()
    try backward()
    try update(rateFactor: rateFactor)
  }

  /// Trains and predicts once, then takes it back: many devices compile a kernel when it is first
  /// used, which would spoil the first steps' timings.
  ///
  /// - Precondition: the network has a recipe and has not been trained.
  public func warmUp(_ batch: Batch) throws {
    precondition(step == 0, "a warm-up would forget the training")
    try train(batch)
    _ = try predict(batch)
    step = 0
    try initialize()
  }

  /// Regularises, clips and applies the gradients of the current batch.
  public func update(rateFactor: Float = 1) throws {
    guard let recipe else { preconditionFailure("a network without a recipe does not learn") }
    step += 1
    isPrepared = false
    let trained = graph.parameters.filter(\.isTrained)
    if let clip = recipe.rowClip {
      for table in trained where table.kind == .table {
        try backend.clipRows(
          clip, width: table.columns, input: input, region: region(of: table),
          weight: self[table], gradient: gradient(of: table))
      }
    }
    for parameter in trained {
      let l2 = recipe[parameter.group].l2
      guard l2 > 0, parameter.kind != .bias, ownedLookups[parameter.index] == nil else { continue }
      backend.begin(Section.update(parameter))
      try backend.penalize(
        l2, weight: self[parameter], gradient: gradient(of: parameter),
        extent: extent(of: parameter))
    }
    let squares = try sumTables(rateFactor: rateFactor)
    if let limit = recipe.clipNorm {
      backend.begin(Section.norm)
      try backend.clip(
        trained.filter { ownedLookups[$0.index] == nil }.map {
          (gradient(of: $0), extent(of: $0))
        }, squares: squares, limit: limit, scale: gradientScale)
    }
    for parameter in trained {
      backend.begin(Section.update(parameter))
      if let lookup = ownedLookups[parameter.index] {
        try updateTable(of: lookup, rateFactor: rateFactor)
        continue
      }
      try backend.update(
        recipe.optimizer(of: parameter),
        rate: recipe[parameter.group].rate(step: step, factor: rateFactor), step: step,
        weight: self[parameter],
        gradient: gradient(of: parameter), state: optimizerStates[parameter.index],
        scale: gradientScale, extent: extent(of: parameter))
    }
    areTablesNew = false
  }

  private func extent(of parameter: Parameter) -> Extent<B.Input> {
    Extent(region(of: parameter), of: input, rows: parameter.rows, width: parameter.columns)
  }

  /// Waits for the queued operators, then tells how many scalars of the parameter's gradient the current
  /// batch fills.
  func gradientCount(of parameter: Parameter) throws -> Int {
    switch extent(of: parameter) {
    case .whole(let count, _): count
    case .touched(let input, let width): try backend.distinctIds(input) * width
    }
  }

  /// The loss of the last batch, and the sum of the losses since ``resetLoss()``; waits for the
  /// queued steps.
  public func losses() throws -> (last: Double, sum: Double) {
    let values = try backend.read(loss, count: 2)
    return (Double(values[0]), Double(values[1]))
  }

  /// Sets the sum of losses to 0.
  public func resetLoss() throws {
    try backend.fill(loss, with: 0, count: 2)
  }
}
