import CCLBlast
import OpenCL

/// A matrix in a buffer, from its beginning, row-major or, transposed, column-major.
struct Matrix {
  let buffer: OpenCLBackend.Buffer
  let rows: Int
  let columns: Int
  var isTransposed = false

  /// The same numbers with rows and columns exchanged.
  var transposed: Matrix {
    Matrix(buffer: buffer, rows: columns, columns: rows, isTransposed: !isTransposed)
  }

  /// From a row to the next, and from a column to the next.
  var strides: (row: Int, column: Int) { isTransposed ? (1, rows) : (columns, 1) }
}

extension OpenCLBackend {
  /// The columns of a panel of `gemm.cl`.
  var panel: Int { 2 * library.tuning.lanes }

  /// The scalars that `rows` × `columns` take as panels.
  func panelCount(rows: Int, columns: Int) -> Int { rows * panels(columns) * panel }

  private func panels(_ columns: Int) -> Int { (columns + panel - 1) / panel }

  /// `c = epilogue(a · b + bias)`, or `c += a · b`, by our own kernel; b is packed into scratch.
  func ownProduct(
    _ a: Matrix, _ b: Matrix, bias: Buffer? = nil, epilogue: Epilogue = .none, into c: Buffer,
    accumulates: Bool = false
  ) throws {
    try run(
      "pack", of: .gemm, items: b.rows * panels(b.columns), b.rows, b.columns, b.buffer,
      b.strides.row, b.strides.column, scratch)
    try ownProduct(
      a, panelsAt: 0, columns: b.columns, bias: bias, epilogue: epilogue, into: c,
      accumulates: accumulates)
  }

  /// The same with b's panels in scratch from `offset` on.
  func ownProduct(
    _ a: Matrix, panelsAt offset: Int, columns: Int, bias: Buffer? = nil,
    epilogue: Epilogue = .none, into c: Buffer, accumulates: Bool = false
  ) throws {
    let tiles = (a.rows + library.tuning.tileRows - 1) / library.tuning.tileRows
    // A work-item takes all panels of its rows unless there are too few rows for all cores.
    let parts = min(panels(columns), (8 * device.computeUnits + tiles - 1) / tiles)
    let each = (panels(columns) + parts - 1) / parts
    // A deep product goes by blocks, so that the panels of a block stay in the cache.
    let step = a.columns > 2 * library.tuning.depth ? library.tuning.depth : a.columns
    for from in stride(from: 0, to: a.columns, by: step) {
      try library.kernel("gemm", of: .gemm).launch(
        on: queue, global: [(panels(columns) + each - 1) / each, tiles],
        local: [1, device.kind == .cpu ? 1 : 16],
        a.rows, columns, a.columns, from, min(from + step, a.columns), a.buffer, a.strides.row,
        a.strides.column, scratch, offset, each, bias ?? none, bias == nil ? 0 : 1,
        epilogue.argument, c, accumulates ? 1 : 0)
    }
  }

  /// `c = a · b`, or `c += a · b`, by CLBlast.
  func blastProduct(_ a: Matrix, _ b: Matrix, into c: Buffer, accumulates: Bool = false) throws {
    guard a.rows > 0, b.columns > 0, a.columns > 0 else { return }
    func transpose(_ matrix: Matrix) -> CLBlastTranspose {
      matrix.isTransposed ? CLBlastTransposeYes : CLBlastTransposeNo
    }
    func stride(_ matrix: Matrix) -> Int { matrix.isTransposed ? matrix.rows : matrix.columns }
    var handle: cl_command_queue? = queue.handle
    var event: cl_event?
    let status = withUnsafeMutablePointer(to: &event) { event in
      CLBlastSgemm(
        CLBlastLayoutRowMajor, transpose(a), transpose(b), a.rows, b.columns, a.columns, 1,
        a.buffer.handle, 0, stride(a), b.buffer.handle, 0, stride(b), accumulates ? 1 : 0,
        c.handle, 0, b.columns, &handle, queue.profiling ? event : nil)
    }
    guard status == CLBlastSuccess else {
      throw OpenCLError.call(
        "CLBlastSgemm", Status(rawValue: Int32(status.rawValue)),
        detail: "\(a.rows)×\(b.columns)×\(a.columns)")
    }
    if let event { queue.record(Event(event), as: "CLBlastSgemm") }
  }
}
