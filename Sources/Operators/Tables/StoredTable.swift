import Cluster

/// A table that no step works on as it lies: before a step the rows of the batch's ids are taken from there to a window
/// on the device, and put back behind it. Kernels know nothing of it: to them the window is the table.
struct StoredTable: Sendable {
  /// Where the rows lie.
  enum Place: Sendable {
    /// In buffers of the device, each with so many rows, the last one with what is left.
    case buffers(rows: Int)
    /// In the host's memory.
    case host(HostTable)
    /// In the memory of the ranks' hosts; the table has this rank's rows.
    case shared(HostTable, RowShares)
  }

  /// The table, [features × columns].
  let parameter: Parameter
  /// What steps work on, [window rows × columns].
  let window: Parameter
  /// The numbers of a row of each array: those of the weights, then those of the optimizer's states.
  let widths: [Int]
  /// Where its rows lie.
  let place: Place
  /// Of a table in the host's memory, the rows that stay on the device.
  var frequent: FrequentRows?

  /// The rows of each buffer; none in the host's memory.
  var pieces: [Range<Int>] {
    guard case .buffers(let each) = place else { return [] }
    return stride(from: 0, to: parameter.rows, by: each).map {
      $0..<min($0 + each, parameter.rows)
    }
  }

  var hostTable: HostTable? {
    switch place {
    case .buffers: nil
    case .host(let table), .shared(let table, _): table
    }
  }

  /// How ranks share its rows; nil where each has all.
  var shares: RowShares? {
    guard case .shared(_, let shares) = place else { return nil }
    return shares
  }

  /// How many rows this rank has.
  var ownRows: Int { shares?.count(ofRows: parameter.rows) ?? parameter.rows }

  /// All numbers of a row.
  var rowWidth: Int { widths.reduce(0, +) }

  /// The memory on the device of the first `arrays` arrays.
  func memory(arrays: Int) -> [Reservation] {
    let buffers: [(label: String, rows: Int)] =
      frequent.map { [(label: "frequent rows", rows: $0.ids.count)] }
      ?? pieces.map { ("rows \($0.lowerBound) to \($0.upperBound - 1)", $0.count) }
    return (0..<arrays).flatMap { array in
      buffers.enumerated().map { piece, buffer in
        Reservation(
          .stored(array, piece: piece, of: parameter), "\(parameter.name), \(buffer.label)",
          array == 0 ? .parameters : .optimizer, count: buffer.rows * widths[array])
      }
    }
  }

  /// The window's memory of an array.
  func windowOperand(_ array: Int) -> Operand {
    array == 0 ? .parameter(window) : .state(array - 1, of: window)
  }

  /// Where it lies, for people.
  var summary: TablePlace {
    TablePlace(
      table: parameter.name, rows: parameter.rows, bytes: 4 * ownRows * rowWidth, kind: kind,
      window: window.rows, rowsOnDevice: frequent?.ids.count ?? 0)
  }

  private var kind: TablePlace.Kind {
    if let shares { return .ranks(shares.ranks.count) }
    return hostTable != nil ? .host : pieces.count > 1 ? .buffers(pieces.count) : .buffer
  }
}

/// All tables of a network whose tables do not lie in one buffer each. Ids are the same for all tables of a network, so
/// that either all are worked on in windows or none.
struct StoredTables: Sendable {
  /// The network's model, whose tables have all rows.
  let graph: Graph
  /// The same with the windows as its tables.
  let windowed: Graph
  /// How features become rows of windows.
  let windows: TableWindows
  /// The tables.
  var tables: [StoredTable]
  /// How parameters are updated; nil for inference only.
  let recipe: Recipe?

  /// How ranks share the rows; nil where each has all.
  var shares: RowShares? { tables.first?.shares }

  /// How the windows are updated: all their rows that count are those of the batch's ids.
  var windowedRecipe: Recipe? {
    var recipe = recipe
    recipe?.tables = .touched
    return recipe
  }

  /// The table of a window.
  func table(of window: Parameter) -> StoredTable? {
    tables.first { $0.window.index == window.index }
  }

  /// The table of a window whose other rows are updated too.
  func wholeTable(of window: Parameter) -> StoredTable? {
    table(of: window).flatMap { recipe?.region(of: $0.parameter) == .whole ? $0 : nil }
  }
}

extension StoredTables {
  /// Plans where the tables of a graph lie, if they are to lie in several buffers, or on the host.
  ///
  /// - Parameters:
  ///   - capacity: the most rows of a batch.
  ///   - largest: the largest buffer, in scalars; nil for tables in the host's memory.
  ///   - shares: how ranks share the rows in their hosts' memory; nil for all of them.
  /// - Returns: nil where an operation reads a table in a way of its own, or no buffer has room for a block of rows.
  /// - Throws: `UserError` where the host does not give the memory.
  init?(
    _ graph: Graph, capacity: Int, recipe: Recipe?, largest: Int?, shares: RowShares? = nil
  ) throws {
    let lookups = graph.operations.compactMap { $0 as? any TableLookup }
    let all = graph.parameters.filter { $0.kind == .table }
    guard !all.isEmpty, all.allSatisfy({ table in lookups.contains { $0.table == table } })
    else { return nil }
    // Vectors that are not trained lie in one buffer, by the number of their features.
    let frozen = graph.operations.compactMap { $0 as? FrozenFields }.flatMap(\.frozen)
    windows = TableWindows(graph.layout, capacity: capacity, keeping: Set(frozen.map(\.number)))
    (self.graph, self.recipe) = (graph, recipe)
    windowed = graph.windowed(by: windows.layout)
    var tables: [StoredTable] = []
    for lookup in lookups {
      let states = recipe.map { type(of: $0.optimizer(of: lookup.table)).states } ?? []
      let columns = lookup.table.columns
      let widths = [columns] + states.map { $0.isPerRow ? 1 : columns }
      let place: StoredTable.Place
      if let largest {
        // Whole blocks, so that sums over a table have the shape they have where it lies in one buffer.
        let block = lookup.shape.blockRows
        let rows = largest / columns / block * block
        guard rows > 0 else { return nil }
        place = .buffers(rows: rows)
      } else {
        let rows = shares?.count(ofRows: lookup.table.rows) ?? lookup.table.rows
        let table = try HostTable(lookup.table.name, rows: rows, widths: widths)
        place = shares.map { .shared(table, $0) } ?? .host(table)
      }
      tables.append(
        StoredTable(
          parameter: lookup.table, window: windowed.parameters[lookup.table.index], widths: widths,
          place: place))
    }
    self.tables = tables
  }
}
