import Cluster

/// A plan with its memory, and where the tables lie.
struct Arrangement {
  let plan: Plan
  /// The tables that are worked on in windows; nil where each lies in one buffer.
  let stored: StoredTables?
  let findsUniqueIDs: Bool
  /// The scratch memory of all steps, in scalars.
  let scratch: Int
  let memory: MemoryPlan

  /// What is asked for.
  struct Wish<B: Backend> {
    let graph: Graph
    let logits: Value
    let backend: B
    let capacity: Int
    let recipe: Recipe?
    let keepsGradients: Bool
    let role: NetworkRole<B>
    /// Those that may share the rows of tables, each with the same wish.
    let ranks: any Communicator
    /// The ids that occur most often in what is learned from, ascending, so many at most.
    let frequentIDs: ((Int) -> [Int32])?
  }

  /// Plans for tables that lie in one buffer each, or as said.
  init<B: Backend>(_ wish: Wish<B>, stored: StoredTables? = nil) {
    let graph =
      stored?.windowed ?? wish.graph.keepingTables(in: wish.recipe?.tablePrecision ?? .float32)
    var plan = Plan(
      graph: graph, logits: wish.logits, capacity: wish.capacity,
      recipe: stored.map { $0.windowedRecipe } ?? wish.recipe, keepsGradients: wish.keepsGradients,
      stored: stored)
    wish.backend.fuse(&plan)
    findsUniqueIDs = plan.findsUniqueIDs
    plan.keep(wish.role)
    scratch = plan.steps.map { wish.backend.scratch(for: $0, capacity: wish.capacity) }.max() ?? 0
    let input = wish.backend.inputMemory(
      layout: graph.layout, capacity: wish.capacity, findsUniqueIDs: findsUniqueIDs)
    memory = MemoryPlan(
      plan, input: input, scratch: scratch, scalarSize: MemoryLayout<B.Scalar>.size,
      without: Set(wish.role.parameters(of: graph).keys),
      tables: stored?.tables.map(\.summary) ?? [])
    (self.plan, self.stored) = (plan, stored)
  }

  /// Plans for tables that lie in one buffer each if they may and can; else in several; else in the host's memory, of
  /// which several ranks have a share each.
  ///
  /// - Throws: ``MemoryPlanError`` with what was planned and what there is.
  static func fitting<B: Backend>(_ wish: Wish<B>) throws -> Arrangement {
    let plain = Arrangement(wish)
    let placement = wish.backend.tablePlacement
    if case .piece = wish.role {
      try plain.memory.check(against: wish.backend.memoryLimits)
      return plain
    }
    if wish.recipe?.tablePrecision == .bfloat16 {
      try plain.checkRounded(wish)
      return plain
    }
    guard let limits = wish.backend.memoryLimits else { return plain }
    let mayShare = wish.ranks.count > 1 && (placement == .auto || placement == .ranks)
    if placement != .host, !(mayShare && placement == .ranks) {
      if try wish.agree(limits.piecesOfTables == nil && plain.memory.fits(limits)) { return plain }
      let largest =
        min(limits.largestAllocation, limits.piecesOfTables ?? .max) / MemoryLayout<B.Scalar>.size
      let split = try arrangement(wish, largest: largest)
      if try wish.agree(split?.memory.fits(limits) ?? false), let split { return split }
    }
    let shares = mayShare ? RowShares(ranks: wish.ranks) : nil
    guard placement != .device, let host = try arrangement(wish, largest: nil, shares) else {
      if let table = wish.graph.parameters.first(where: { $0.kind == .table }),
        placement == .host || placement == .ranks && mayShare
      {
        throw MemoryPlanError.cannotTravel(table.name)
      }
      try plain.memory.check(against: limits)
      return plain
    }
    try host.check(wish, limits, beside: plain)
    return host.keepingRows(wish, limits)
  }

  /// The same with the rows of the most frequent ids on the device, as many as it has room for besides; where the device
  /// has a memory of its own and training tells these ids.
  private func keepingRows<B: Backend>(_ wish: Wish<B>, _ limits: MemoryLimits) -> Arrangement {
    guard let stored, stored.shares == nil, wish.recipe != nil, wish.backend.keepsFrequentRows,
      let frequentIDs = wish.frequentIDs
    else { return self }
    // A tenth is left for what drivers need.
    let rows = stored.rows(
      in: (limits.total - memory.total) / 10 * 9, largest: limits.largestAllocation)
    let ids = frequentIDs(rows)
    guard !ids.isEmpty else { return self }
    let frequent = FrequentRows(ids, features: wish.graph.layout.features)
    return Arrangement(wish, stored: stored.keeping(frequent))
  }

  /// Refuses tables in the host's memory for which there is no room, or that cannot lie there.
  private func check<B: Backend>(
    _ wish: Wish<B>, _ limits: MemoryLimits, beside plain: Arrangement
  ) throws {
    // Where not even the windows fit, tables are not what is too large.
    if !memory.fits(limits) {
      try plain.memory.check(against: limits)
      try memory.check(against: limits)
    }
    if let recipe = wish.recipe,
      let whole = stored?.tables.first(where: { recipe.region(of: $0.parameter) == .whole })
    {
      throw MemoryPlanError.wholeTableOnHost(
        whole.summary, device: wish.backend.tablePlacement == .host ? nil : limits.total)
    }
    guard let available = Launch.availableMemory else { return }
    let others = wish.backend.usesHostCores ? memory.total : 0
    guard memory.hostBytes + others <= available else {
      throw MemoryPlanError.hostTooSmall(memory, available: available, device: limits.total)
    }
  }

  private static func arrangement<B: Backend>(
    _ wish: Wish<B>, largest: Int?, _ shares: RowShares? = nil
  ) throws -> Arrangement? {
    try StoredTables(
      wish.graph, capacity: wish.capacity, recipe: wish.recipe, largest: largest, shares: shares
    ).map { Arrangement(wish, stored: $0) }
  }
}

extension Arrangement.Wish {
  /// Whether something is so on all ranks: all of them arrange tables alike.
  func agree(_ isSo: Bool) throws -> Bool {
    ranks.count == 1 ? isSo : try !ranks.gather([UInt32(isSo ? 1 : 0)]).contains([0])
  }
}
