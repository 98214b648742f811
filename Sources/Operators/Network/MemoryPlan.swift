/// Every buffer a network needs, known before the first is made.
public struct MemoryPlan: Sendable {
  /// What a buffer is for.
  public enum Use: String, Sendable, CaseIterable {
    /// Parameters and running statistics.
    case parameters
    /// Gradients of parameters and of activations.
    case gradients
    /// The optimizers' numbers.
    case optimizer
    /// Activations.
    case activations
    /// The batch.
    case input
    /// Operators' own scratch memory.
    case scratch
  }

  /// One buffer.
  public struct Entry: Sendable {
    /// What it holds.
    public let label: String
    /// What it is for.
    public let use: Use
    /// Its size.
    public let bytes: Int
  }

  /// The buffers, in the order they are made.
  public private(set) var entries: [Entry] = []

  /// The plan of a network.
  ///
  /// - Parameters:
  ///   - graph: the model.
  ///   - capacity: the largest batch, in rows.
  ///   - recipe: how parameters are updated; nil plans for inference.
  ///   - scratch: the scratch memory of the backend's operators, in scalars.
  ///   - scalarSize: the size of the backend's scalar, in bytes.
  ///   - ownsIds: whether the backend sums up tables' gradients by owners of ids.
  ///   - machine: the factorization machine that runs as one operator.
  init(
    graph: Graph, capacity: Int, recipe: Recipe?, scratch: Int, scalarSize: Int,
    ownsIds: Bool = false, machine: MachineParts? = nil
  ) {
    let owned = graph.ownedLookups(recipe, ownsIds: ownsIds)
    func add(_ label: String, _ use: Use, count: Int, size: Int = scalarSize) {
      entries.append(Entry(label: label, use: use, bytes: count * size))
    }
    for parameter in graph.parameters {
      add(parameter.name, .parameters, count: parameter.count)
      guard let recipe, parameter.isTrained else { continue }
      add(
        parameter.name, .gradients,
        count: Self.gradientCount(
          of: parameter, in: graph, capacity: capacity, recipe: recipe,
          owned: owned[parameter.index], isMachine: machine?.embedding.table == parameter))
      if let count = owned[parameter.index].flatMap(recipe.squaresCount) {
        add(parameter.name, .gradients, count: count)
      }
      for size in recipe.stateSizes(of: parameter) {
        add(parameter.name, .optimizer, count: size)
      }
    }
    for operation in graph.operations {
      add(operation.label, .activations, count: capacity * operation.output.width)
      if recipe != nil {
        add(operation.label, .gradients, count: capacity * operation.output.width)
      }
      for count in operation.workspace(capacity: capacity, training: recipe != nil) {
        add(operation.label, .scratch, count: count)
      }
    }
    let layout = graph.layout
    let slots = capacity * layout.slots
    // Of two batches: one is on its way while the device works on the other.
    add("ids", .input, count: 2 * slots, size: 4)
    if layout.weighted { add("values", .input, count: 2 * slots, size: 4) }
    add("labels and weights", .input, count: 4 * capacity, size: 4)
    if graph.groupsIds(recipe, owned: owned) {
      add("places of distinct ids", .input, count: IDGroups.memory(places: slots), size: 4)
    }
    add("operators", .scratch, count: scratch)
  }

  /// How many scalars the gradient of a parameter can take.
  static func gradientCount(
    of parameter: Parameter, in graph: Graph, capacity: Int, recipe: Recipe,
    owned lookup: (any TableLookup)?, isMachine: Bool
  ) -> Int {
    if let lookup {
      let count = lookup.shape.stepWorkspace(rows: capacity)
      return isMachine ? max(count, lookup.shape.machineWorkspace(rows: capacity)) : count
    }
    guard recipe.region(of: parameter) == .touched else { return parameter.count }
    return min(parameter.rows, capacity * graph.layout.slots) * parameter.columns
  }

  /// All buffers together, in bytes.
  public var total: Int { entries.reduce(0) { $0 + $1.bytes } }

  /// The buffers of one use together, in bytes.
  public func total(of use: Use) -> Int {
    entries.reduce(0) { $0 + ($1.use == use ? $1.bytes : 0) }
  }

  /// Refuses a plan that does not fit.
  ///
  /// - Throws: ``MemoryPlanError`` with what was planned and what there is.
  public func check(against limits: MemoryLimits?) throws(MemoryPlanError) {
    guard let limits else { return }
    if let entry = entries.first(where: { $0.bytes > limits.largestAllocation }) {
      throw .allocationTooLarge(entry, limit: limits.largestAllocation)
    }
    guard total <= limits.total else { throw .totalTooLarge(self, limit: limits.total) }
  }
}

/// A network that does not fit into the device's memory.
public enum MemoryPlanError: Error, CustomStringConvertible {
  /// One buffer exceeds the device's largest allocation.
  case allocationTooLarge(MemoryPlan.Entry, limit: Int)
  /// All buffers together exceed the device's memory.
  case totalTooLarge(MemoryPlan, limit: Int)

  public var description: String {
    switch self {
    case .allocationTooLarge(let entry, let limit):
      "the \(entry.use.rawValue) of \(entry.label) need \(mebibytes(entry.bytes)) in one piece, but "
        + "the device allocates at most \(mebibytes(limit)) at once; raise min_count, shorten the "
        + "embedding vectors or choose a smaller batch"
    case .totalTooLarge(let plan, let limit):
      "the network needs \(mebibytes(plan.total)) ("
        + MemoryPlan.Use.allCases.map { "\($0.rawValue) \(mebibytes(plan.total(of: $0)))" }
        .joined(separator: ", ") + "), but the device has \(mebibytes(limit)); raise min_count, "
        + "shorten the embedding vectors or choose a smaller batch"
    }
  }
}

/// A size in MiB, rounded up to a tenth.
func mebibytes(_ bytes: Int) -> String {
  let tenths = (bytes * 10 + 1_048_575) / 1_048_576
  return "\(tenths / 10).\(tenths % 10) MiB"
}
