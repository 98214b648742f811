import Data

extension TablePlace {
  /// Where the tables of a network would lie, of which nothing is made; nothing where each would lie in one buffer, or
  /// where the network does not fit.
  package static func planned<B: Backend>(
    _ graph: Graph, logits: Value, capacity: Int, recipe: Recipe?, on backend: B
  ) -> [TablePlace] {
    let wish = Arrangement.Wish(
      graph: graph, logits: logits, backend: backend, capacity: capacity, recipe: recipe,
      keepsGradients: false, role: .whole)
    return (try? Arrangement.fitting(wish))?.memory.tables ?? []
  }
}

/// The numbers of parameters wherever they lie.
extension Network {
  /// Waits for the queued steps, then copies all numbers of a parameter, or of an array of its optimizer's.
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
      let numbers = isLast ? host.giveUp(array) : host.numbers(array)
      return numbers as? [B.Scalar] ?? numbers.map { B.Scalar($0) }
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
      return host.write(
        values as? [Float] ?? values.map { Float($0) }, array: array, at: offset)
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
    pass.travelling = rows
    try backend.write(integers: rows.ids, to: pass[.travellingIDs])
    try backend.write(integers: rows.places, to: pass[.travellingPlaces])
    return placed
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
