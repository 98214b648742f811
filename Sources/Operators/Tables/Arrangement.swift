import Support

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
  }

  /// Plans for tables that lie in one buffer each, or as said.
  init<B: Backend>(_ wish: Wish<B>, stored: StoredTables? = nil) {
    let graph = stored?.windowed ?? wish.graph
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

  /// Plans for tables that lie in one buffer each if they may and can; else in several; else in the host's memory.
  ///
  /// - Throws: ``MemoryPlanError`` with what was planned and what there is.
  static func fitting<B: Backend>(_ wish: Wish<B>) throws -> Arrangement {
    let plain = Arrangement(wish)
    let placement = wish.backend.tablePlacement
    if case .piece = wish.role {
      try plain.memory.check(against: wish.backend.memoryLimits)
      return plain
    }
    guard let limits = wish.backend.memoryLimits else { return plain }
    if placement != .host {
      if limits.piecesOfTables == nil, plain.memory.fits(limits) { return plain }
      let largest =
        min(limits.largestAllocation, limits.piecesOfTables ?? .max) / MemoryLayout<B.Scalar>.size
      if let split = try arrangement(wish, largest: largest),
        split.memory.fits(limits)
      {
        return split
      }
    }
    guard placement != .device, let host = try arrangement(wish, largest: nil) else {
      if placement == .host, let table = wish.graph.parameters.first(where: { $0.kind == .table }) {
        throw MemoryPlanError.cannotTravel(table.name)
      }
      try plain.memory.check(against: limits)
      return plain
    }
    // Where not even the windows fit, tables are not what is too large.
    guard host.memory.fits(limits) else {
      try plain.memory.check(against: limits)
      try host.memory.check(against: limits)
      return plain
    }
    if let recipe = wish.recipe, let stored = host.stored,
      let whole = stored.tables.first(where: { recipe.region(of: $0.parameter) == .whole })
    {
      throw MemoryPlanError.wholeTableOnHost(
        whole.summary, device: placement == .host ? nil : limits.total)
    }
    if let available = ProcessStatus.availableMemory {
      let others = wish.backend.usesHostCores ? host.memory.total : 0
      guard host.memory.hostBytes + others <= available else {
        throw MemoryPlanError.hostTooSmall(
          host.memory, available: available, device: limits.total)
      }
    }
    return host
  }

  private static func arrangement<B: Backend>(
    _ wish: Wish<B>, largest: Int?
  ) throws -> Arrangement? {
    try StoredTables(
      wish.graph, capacity: wish.capacity, recipe: wish.recipe, largest: largest
    ).map { Arrangement(wish, stored: $0) }
  }
}
