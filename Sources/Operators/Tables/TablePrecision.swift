import OpenCL

/// What numbers of a training's tables, and of their optimizers' state, are kept in on the device. Either way all
/// arithmetic is in floats.
public enum TablePrecision: String, Sendable, Codable, CaseIterable {
  /// 32 bits.
  case float32
  /// The upper 16 bits of a float, in half the memory: each update is rounded stochastically. A number that a row has as
  /// a whole stays a float.
  case bfloat16
}

extension Parameter {
  /// What an array of its optimizer's is kept in: a row's number beside a vector is little memory, and may be anything.
  func precision(of state: OptimizerState) -> TablePrecision {
    state.isPerRow && columns > 1 ? .float32 : precision
  }
}

extension Graph {
  /// The same with the numbers of its tables kept otherwise.
  ///
  /// - Precondition: ``tableReadOtherwise`` is nil.
  func keepingTables(in precision: TablePrecision) -> Graph {
    guard precision != .float32 else { return self }
    return renewing {
      $0.with(precision: precision)
    } operations: { operation, parameters in
      (operation as? any TableLookup).map { $0.reading(parameters[$0.table.index], by: layout) }
    }
  }

  /// A table that an operation reads in a way of its own, which knows floats alone.
  var tableReadOtherwise: Parameter? {
    let lookups = operations.compactMap { $0 as? any TableLookup }
    let others = operations.filter { !($0 is any TableLookup) }.flatMap(\.parameters)
    return parameters.first { table in
      table.kind == .table && (others.contains(table) || !lookups.contains { $0.table == table })
    }
  }
}

extension Arrangement {
  /// Refuses tables in bfloat16 where they do not lie in one buffer each, or something else than a lookup reads them.
  ///
  /// - Throws: ``MemoryPlanError``
  func checkRounded<B: Backend>(_ wish: Wish<B>) throws {
    if let table = wish.graph.tableReadOtherwise {
      throw MemoryPlanError.notRounded(
        "an operation of the model reads the table \(table.name) in a way of its own")
    }
    let limits = wish.backend.memoryLimits
    switch wish.backend.tablePlacement {
    case .host:
      throw MemoryPlanError.notRounded("they are to lie in the host's memory")
    case .ranks where wish.ranks.count > 1:
      throw MemoryPlanError.notRounded("ranks are to share their rows")
    case .auto, .device, .ranks: break
    }
    if limits?.piecesOfTables != nil {
      throw MemoryPlanError.notRounded("they are to lie in pieces")
    }
    guard try !wish.agree(limits.map(memory.fits) ?? true) else { return }
    do {
      try memory.check(against: limits)
    } catch {
      throw MemoryPlanError.notRounded(error.description)
    }
    throw MemoryPlanError.notRounded("another rank has no room for them")
  }
}

extension OpenCL.Buffer where Element == Float {
  /// What kernels that work on its numbers, and on others that are kept as these are, are compiled with besides.
  var entryOptions: [String] { rounded == nil ? [] : ["-DROUNDED_ENTRIES"] }
}
