import OpenCL

/// The step of an optimizer, by L2 alone, on all rows of a table that lies in pieces. What it makes of the rows of the
/// batch's ids is written over, by ``PutRows``: these are updated in the window.
struct RestUpdate: Step {
  let table: StoredTable
  var optimizer: any Optimizer
  let group: Recipe.Group

  init(_ table: StoredTable, _ recipe: Recipe) {
    self.table = table
    optimizer = recipe.optimizer(of: table.parameter)
    group = recipe[table.parameter.group]
  }

  var section: String { Section.update(table.parameter) }

  private var isRowwise: Bool { type(of: optimizer).rowSource != nil }
  private var l2: Float { group.penalty(of: table.parameter) }

  func memory(capacity: Int) -> [Reservation] {
    let zeros = Reservation(
      .zeros(of: table.window), table.parameter.name, .scratch, count: table.parameter.columns)
    return table.memory(arrays: table.widths.count) + [.gradientScale] + (isRowwise ? [zeros] : [])
  }

  func scratch(capacity: Int, on backend: OpenCLBackend) -> Int { 0 }

  func run(_ pass: ReferencePass) {
    guard !pass.isRehearsal else { return }
    let (columns, scale) = (table.parameter.columns, pass[.gradientScale][0])
    for (piece, rows) in table.pieces.enumerated() {
      let arrays = table.widths.indices.map {
        pass[.stored($0, piece: piece, of: table.parameter)]
      }
      for row in 0..<rows.count {
        let weight = arrays[0].row(row, width: columns)
        optimizer.update(
          OptimizerRow(
            weight: weight, gradient: weight.map { Double(l2) * $0 * scale },
            state: table.widths.indices.dropFirst().map {
              arrays[$0].row(row, width: table.widths[$0])
            }, rate: Double(group.rate(step: pass.step, factor: pass.rateFactor)), step: pass.step,
            decay: Double(group.decay(of: table.parameter))))
      }
    }
  }

  func run(_ pass: DevicePass) throws {
    guard !pass.isRehearsal else { return }
    let (backend, columns) = (pass.backend, table.parameter.columns)
    let program = OptimizerProgram([optimizer])
    let rule = program.rule(of: table.parameter, optimizer, group, l2: l2, pass)
    for (piece, rows) in table.pieces.enumerated() {
      func buffer(_ array: Int) -> OpenCLBackend.Buffer {
        pass.buffer(.stored(array, piece: piece, of: table.parameter)) ?? backend.none
      }
      let states = (0..<program.stateCount).map {
        (name: "state\($0)", value: buffer($0 + 1) as any KernelArgument)
      }
      try backend.library.kernel("update_rest", of: "update_rest", for: program).launch(
        on: backend.queue,
        global: [isRowwise ? rows.count : pass.vectors(rows.count * columns)], local: [64],
        [
          "rows": rows.count, "width": columns,
          "zeros": pass.buffer(.zeros(of: table.window)) ?? backend.none,
          "scale": pass[.gradientScale], "rule": StructArgument(rule), "weight": buffer(0),
        ] + KernelArguments(states))
    }
  }
}

/// What L2 on a whole table that lies in pieces adds to ‖g‖²: `λ²·Σ w²` over all rows, without those of the batch's ids,
/// which are counted with their gradients. Some numbers, whose sum it is.
struct RestSquares: Step {
  let table: StoredTable
  let optimizer: any Optimizer
  let l2: Float

  init(_ table: StoredTable, _ recipe: Recipe) {
    self.table = table
    optimizer = recipe.optimizer(of: table.parameter)
    l2 = recipe[table.parameter.group].penalty(of: table.parameter)
  }

  var section: String { Section.norm }
  /// How many numbers.
  var count: Int { table.blocks + chunks }
  private var chunks: Int {
    (table.window.rows + KernelLibrary.chunk - 1) / KernelLibrary.chunk
  }
  /// Where they are.
  var squares: Reservation {
    Reservation(.squares(of: table.window), table.parameter.name, .gradients, count: count)
  }

  func memory(capacity: Int) -> [Reservation] { [squares] + table.memory(arrays: 1) }
  func scratch(capacity: Int, on backend: OpenCLBackend) -> Int { 0 }

  func run(_ pass: ReferencePass) {
    let parts = pass[.squares(of: table.window)]
    for index in 0..<count { parts[index] = 0 }
    parts[0] = table.squaresOfRest(pass, l2: l2)
  }

  func run(_ pass: DevicePass) throws {
    let (program, parts) = (OptimizerProgram([optimizer]), pass[.squares(of: table.window)])
    try table.squareWeights(program, l2: l2, into: parts, at: 0, pass)
    try pass.backend.library.kernel("square_taken", of: "update_rest", for: program).launch(
      on: pass.backend.queue, global: [chunks], local: [1],
      [
        "count": pass.travelling.ids.count, "chunks": chunks, "width": table.parameter.columns,
        "l2": l2, "places": pass[.travellingPlaces], "window": pass[table.window],
        "squares": parts, "offset": table.blocks,
      ])
  }
}

extension StoredTable {
  /// The rows of a block of a pass over the table.
  var blockRows: Int { Lookup.blockRows(width: parameter.columns) }

  /// How many blocks it has.
  var blocks: Int { (parameter.rows + blockRows - 1) / blockRows }

  /// (λ·w)² of all rows, a number for each block, as where the table lies in one buffer.
  func squareWeights(
    _ program: OptimizerProgram, l2: Float, into squares: OpenCLBackend.Buffer, at offset: Int,
    _ pass: DevicePass
  ) throws {
    for (piece, rows) in pieces.enumerated() {
      try pass.backend.library.kernel(
        "square_weights", of: "embedding_update_two_pass", for: program
      ).launch(
        on: pass.backend.queue, global: [(rows.count + blockRows - 1) / blockRows], local: [1],
        [
          "rows": rows.count, "width": parameter.columns, "each": blockRows, "l2": l2,
          "weight": pass[.stored(0, piece: piece, of: parameter)], "squares": squares,
          "offset": offset + rows.lowerBound / blockRows,
        ])
    }
  }

  /// `λ²·Σ w²` over all rows but those of the batch's ids.
  func squaresOfRest(_ pass: ReferencePass, l2: Float) -> Double {
    func square(_ row: UnsafeMutableBufferPointer<Double>) -> Double {
      row.reduce(0) { $0 + Double(l2) * Double(l2) * $1 * $1 }
    }
    var sum = 0.0
    for (piece, rows) in pieces.enumerated() {
      let buffer = pass[.stored(0, piece: piece, of: parameter)]
      for row in 0..<rows.count { sum += square(buffer.row(row, width: parameter.columns)) }
    }
    for place in pass.travelling.places {
      sum -= square(pass[window].row(Int(place), width: parameter.columns))
    }
    return sum
  }
}
