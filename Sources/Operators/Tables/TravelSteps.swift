import OpenCL

/// Takes the rows of the batch's ids from where the tables lie to their windows.
struct TakeRows: Step {
  let tables: [StoredTable]
  /// Whether the optimizer's numbers come too.
  let withStates: Bool

  var section: String { Section.taken }

  func memory(capacity: Int) -> [Reservation] {
    tables.flatMap { $0.memory(arrays: arrays(of: $0)) } + tables.travel
  }

  func scratch(capacity: Int, on backend: OpenCLBackend) -> Int { tables.hostScratch }

  private func arrays(of table: StoredTable) -> Int { withStates ? table.widths.count : 1 }

  func run(_ pass: ReferencePass) {
    for table in tables {
      table.forEachRow(of: pass, arrays: arrays(of: table)) { row, window in
        _ = window.update(fromContentsOf: row)
      }
    }
  }

  func run(_ pass: DevicePass) throws {
    let ids = pass.travelling.travelling
    try tables.bringFrequentRows(pass)
    // Each rank takes part, also one without rows. Where optimizers follow, the rows are this rank's.
    let fetched = withStates ? nil : try tables.first?.shares?.fetch(ids, of: tables)
    guard !pass.travelling.ids.isEmpty else { return }
    for (number, table) in tables.enumerated() {
      let arrays = arrays(of: table)
      if let rows = fetched?[number] {
        try table.hostTable?.send(rows: rows, to: pass.scratch, on: pass.backend.queue)
      } else if let host = table.hostTable, !ids.isEmpty {
        try host.send(ids, arrays: arrays, to: pass.scratch, on: pass.backend.queue)
      }
      try table.moveRows("take_rows", pass, arrays: arrays)
    }
  }
}

/// Puts the rows of the batch's ids back to where the tables lie.
struct PutRows: Step {
  let tables: [StoredTable]

  var section: String { Section.put }

  func memory(capacity: Int) -> [Reservation] {
    tables.flatMap { $0.memory(arrays: $0.widths.count) } + tables.travel
  }

  func scratch(capacity: Int, on backend: OpenCLBackend) -> Int { tables.hostScratch }

  func run(_ pass: ReferencePass) {
    guard !pass.isRehearsal else { return }
    for table in tables {
      table.forEachRow(of: pass, arrays: table.widths.count) { row, window in
        _ = row.update(fromContentsOf: window)
      }
    }
  }

  func run(_ pass: DevicePass) throws {
    guard !pass.travelling.ids.isEmpty, !pass.isRehearsal else { return }
    let ids = pass.travelling.travelling
    for table in tables {
      try table.moveRows("put_rows", pass, arrays: table.widths.count)
      if !ids.isEmpty {
        try table.hostTable?.receive(ids, from: pass.scratch, on: pass.backend.queue)
      }
    }
    if pass.travelling.kept > 0 { tables.first?.frequent?.hasChanged = true }
  }
}

extension [StoredTable] {
  /// The memory that names the rows of the batch's ids.
  fileprivate var travel: [Reservation] {
    let rows = map(\.window.rows).max() ?? 0
    return [
      Reservation(.travellingIDs, "ids that travel", .input, count: rows),
      Reservation(.travellingPlaces, "places of ids that travel", .input, count: rows),
    ]
  }

  /// The rows of one table on their way from the host's memory or there.
  fileprivate var hostScratch: Int {
    filter { $0.hostTable != nil }.map { $0.window.rows * $0.rowWidth }.max() ?? 0
  }
}

extension TravellingRows {
  /// Those of some rows of a table, as places in ``ids``.
  func span(of rows: Range<Int>) -> Range<Int> {
    func place(_ row: Int) -> Int {
      var (low, high) = (0, ids.count)
      while low < high {
        let middle = (low + high) / 2
        if Int(ids[middle]) < row { low = middle + 1 } else { high = middle }
      }
      return low
    }
    return place(rows.lowerBound)..<place(rows.upperBound)
  }
}

extension StoredTable {
  /// Visits each row of the batch's ids, with its place in the window, array by array.
  fileprivate func forEachRow(
    of pass: ReferencePass, arrays: Int,
    _ body: (UnsafeMutableBufferPointer<Double>, UnsafeMutableBufferPointer<Double>) -> Void
  ) {
    precondition(hostTable == nil, "the reference has all tables in its own memory")
    let travelling = pass.travelling
    for array in 0..<arrays {
      let (window, width) = (pass[windowOperand(array)], widths[array])
      for (piece, rows) in pieces.enumerated() {
        let buffer = pass[.stored(array, piece: piece, of: parameter)]
        for i in travelling.span(of: rows) {
          body(
            buffer.row(Int(travelling.ids[i]) - rows.lowerBound, width: width),
            window.row(Int(travelling.places[i]), width: width))
        }
      }
    }
  }

  /// Moves the rows of the batch's ids between windows and where they lie, or the scratch memory on the way to the
  /// host, by a kernel of `travelling_rows.cl`.
  fileprivate func moveRows(_ kernel: String, _ pass: DevicePass, arrays: Int) throws {
    let travelling = pass.travelling
    let (all, host) = (travelling.ids.count, travelling.ids.count - travelling.kept)
    func move(
      _ array: Int, _ span: Range<Int>, _ table: OpenCLBackend.Buffer, offset: Int, first: Int?
    )
      throws
    {
      try pass.run(
        kernel, of: "travelling_rows", items: span.count * pass.vectors(widths[array]),
        [
          "begin": span.lowerBound, "end": span.upperBound, "width": widths[array],
          "first": first ?? 0, "listed": first == nil ? 0 : 1, "ids": pass[.travellingIDs],
          "places": pass[.travellingPlaces], "table": table, "offset": offset,
          "window": pass[windowOperand(array)],
        ])
    }
    guard hostTable == nil else {
      var offset = 0
      for array in 0..<arrays {
        if host > 0 { try move(array, 0..<host, pass.scratch, offset: offset, first: nil) }
        offset += host * widths[array]
        guard host < all else { continue }
        try move(
          array, host..<all, pass[.stored(array, piece: 0, of: parameter)], offset: 0, first: 0)
      }
      return
    }
    for (piece, rows) in pieces.enumerated() {
      let span = travelling.span(of: rows)
      for array in 0..<arrays where !span.isEmpty {
        try move(
          array, span, pass[.stored(array, piece: piece, of: parameter)], offset: 0,
          first: rows.lowerBound)
      }
    }
  }
}
