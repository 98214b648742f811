import Cluster
import Data
import Support

extension TablePlace {
  /// Where the tables of a network would lie, of which nothing is made; nothing where each would lie in one buffer, or
  /// where the network does not fit.
  package static func planned<B: Backend>(
    _ graph: Graph, logits: Value, capacity: Int, recipe: Recipe?, on backend: B
  ) -> [TablePlace] {
    let wish = Arrangement.Wish(
      graph: graph, logits: logits, backend: backend, capacity: capacity, recipe: recipe,
      keepsGradients: false, role: .whole, ranks: Alone(), frequentIDs: nil)
    return (try? Arrangement.fitting(wish))?.memory.tables ?? []
  }
}

/// The numbers of parameters wherever they lie.
extension Network {
  /// Waits for the queued steps, then copies all numbers of a parameter, or of an array of its optimizer's; of a table
  /// whose rows ranks share, those of this rank's.
  ///
  /// - Parameter isLast: whether tables in the host's memory may be given up for them.
  func numbers(
    of parameter: Parameter, state: Int? = nil, isLast: Bool = false
  ) throws -> [B.Scalar] {
    guard let table = stored?.table(of: parameter) else {
      let operand = state.map { Operand.state($0, of: parameter) } ?? .parameter(parameter)
      return try backend.read(pass[operand], count: count(of: parameter, state))
    }
    let array = state.map { $0 + 1 } ?? 0
    if let host = table.hostTable {
      try backend.finish()
      try fetchFrequentRows()
      let numbers = isLast ? host.giveUp(array) : host.numbers(array)
      return numbers.converted()
    }
    return try table.pieces.enumerated().flatMap { piece, rows in
      try backend.read(
        pass[.stored(array, piece: piece, of: parameter)], count: rows.count * table.widths[array])
    }
  }

  /// Sets numbers of a parameter, or of an array of its optimizer's, from the place `offset` on.
  func write(
    _ values: [B.Scalar], to parameter: Parameter, state: Int? = nil, at offset: Int = 0
  ) throws {
    guard let table = stored?.table(of: parameter) else {
      let operand = state.map { Operand.state($0, of: parameter) } ?? .parameter(parameter)
      return try backend.write(values, to: pass[operand], at: offset)
    }
    let array = state.map { $0 + 1 } ?? 0
    if let host = table.hostTable {
      try backend.finish()
      try fetchFrequentRows()
      stored?.frequent?.isLoaded = false
      let (width, values) = (table.widths[array], values.converted(to: Float.self))
      guard let shares = table.shares else { return host.write(values, array: array, at: offset) }
      let (first, own) = shares.own(values, from: offset / width, width: width)
      return host.write(own, array: array, at: first * width)
    }
    let width = table.widths[array]
    for (piece, rows) in table.pieces.enumerated() {
      let (begin, end) = (rows.lowerBound * width, rows.upperBound * width)
      let part = max(begin, offset)..<max(min(end, offset + values.count), max(begin, offset))
      guard !part.isEmpty else { continue }
      try backend.write(
        Array(values[part.lowerBound - offset..<part.upperBound - offset]),
        to: pass[.stored(array, piece: piece, of: parameter)], at: part.lowerBound - begin)
    }
  }

  /// Brings the host's tables up to date.
  private func fetchFrequentRows() throws {
    if let pass = pass as? DevicePass { try stored?.tables.fetchFrequentRows(pass) }
  }

  /// Sets all numbers of a parameter, or of an array of its optimizer's, to those of a snapshot.
  ///
  /// - Parameter isShared: whether these are this rank's of a table whose rows ranks share.
  func put(
    _ values: [B.Scalar], to parameter: Parameter, state: Int? = nil, isShared: Bool
  ) throws {
    guard isShared, let table = stored?.table(of: parameter), let host = table.hostTable else {
      return try write(values, to: parameter, state: state)
    }
    try backend.finish()
    host.write(values.converted(), array: state.map { $0 + 1 } ?? 0, at: 0)
  }

  /// How many of so many numbers of a parameter this rank has.
  func held(_ count: Int, of parameter: Parameter) -> Int {
    guard let table = stored?.table(of: parameter) else { return count }
    return count / parameter.rows * table.ownRows
  }

  /// Whether ranks share the rows of tables.
  package var isShared: Bool { stored?.shares != nil }

  /// The snapshot with all rows of tables that ranks share. All ranks take part.
  ///
  /// - Parameter isForAll: whether each rank is told them; if not, snapshots of others than the first lack them.
  package func joined(
    _ snapshot: Snapshot<B.Scalar>, isForAll: Bool
  ) throws -> Snapshot<B.Scalar> {
    guard snapshot.isShared, let stored, let shares = stored.shares else { return snapshot }
    var whole = snapshot
    whole.isShared = false
    for table in stored.tables {
      func join(_ own: [B.Scalar], _ array: Int) throws -> [B.Scalar] {
        try shares.join(
          own, rows: table.parameter.rows, width: table.widths[array], isForAll: isForAll)
      }
      let name = table.parameter.name
      whole.parameters[name] = try join(snapshot.parameters[name] ?? [], 0)
      whole.states[name] = try snapshot.states[name]?.enumerated().map { try join($1, $0 + 1) }
    }
    return whole
  }

  /// Takes part in a prediction of other ranks' rows.
  package func assist() throws {
    guard isShared else { return }
    pass.travelling = .none
    try pass.run(plan.takeForInference)
  }

  private func count(of parameter: Parameter, _ state: Int?) -> Int {
    guard let state, let recipe else { return parameter.count }
    return type(of: recipe.optimizer(of: parameter)).states[state].isPerRow
      ? parameter.rows : parameter.count
  }

  /// The batch as steps see it: where tables are worked on in windows, with rows of windows as ids, and the rows that
  /// travel named.
  func placed(_ batch: Batch) throws -> Batch {
    guard let numbering else { return batch }
    let (placed, rows) = numbering.place(batch)
    try travel(stored?.frequent?.split(rows) ?? rows)
    return placed
  }

  /// Names the rows that travel next.
  func travel(_ rows: TravellingRows) throws {
    pass.travelling = rows
    try backend.write(integers: rows.ids, to: pass[.travellingIDs])
    try backend.write(integers: rows.places, to: pass[.travellingPlaces])
  }

  /// Runs steps whose results are not to stay: what tables that are worked on in windows are does not change.
  func rehearse(_ steps: () throws -> Void) throws {
    pass.isRehearsal = stored != nil
    try steps()
    pass.isRehearsal = false
    step = 0
    try initialize(isAgain: true)
  }
}
