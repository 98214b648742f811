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

  /// Whether the rows begin on cache lines (of 16 floats), and their equal parts are spread over all
  /// sets of a cache, because a row is an odd number of lines: then there is nothing to be had from
  /// packing into panels.
  var isSpread: Bool { !isTransposed && columns % 32 == 16 }
}

/// What becomes of a product C before it is stored.
enum ProductEnd {
  /// Nothing.
  case plain
  /// `epilogue(C + bias)`.
  case forward(bias: OpenCLBackend.Buffer?, Epilogue)
  /// `epilogue(what is there + C + bias)`.
  case onward(bias: OpenCLBackend.Buffer?, Epilogue)
  /// `C ∘ epilogue'(y)`.
  case backward(y: OpenCLBackend.Buffer, Epilogue)
  /// It is added to what is there.
  case accumulate

  /// The kernels' form.
  var arguments:
    (mode: Int, bias: OpenCLBackend.Buffer?, epilogue: Epilogue, y: OpenCLBackend.Buffer?)
  {
    switch self {
    case .plain: (0, nil, .none, nil)
    case .forward(let bias, let epilogue): (0, bias, epilogue, nil)
    case .onward(let bias, let epilogue): (3, bias, epilogue, nil)
    case .backward(let y, let epilogue): (1, nil, epilogue, y)
    case .accumulate: (2, nil, .none, nil)
    }
  }
}

extension OpenCLBackend {
  /// The columns of a panel of `gemm_cpu.cl`.
  var panel: Int { 2 * library.tuning.lanes }

  /// The panels that cover `columns`.
  func panels(_ columns: Int) -> Int { (columns + panel - 1) / panel }

  /// The scalars that a product's second factor, `rows` × `columns`, takes as panels or tiles.
  func packedCount(rows: Int, columns: Int) -> Int {
    guard library.tuning.tiles == nil else { return 0 }
    guard let parts = products.parts else { return rows * panels(columns) * panel }
    return bf16Count(rows: rows, columns: columns, parts: parts)
  }

  /// `count` scalars rounded up to whole cache lines.
  func lines(_ count: Int) -> Int { (count + 15) / 16 * 16 }

  /// `count` scalars rounded up so that a slice may begin behind them.
  func aligned(_ count: Int) -> Int {
    (count + Buffer.sliceAlignment - 1) / Buffer.sliceAlignment * Buffer.sliceAlignment
  }

  /// `c = a · b`, or `c += a · b`; a thin one never goes to CLBlast.
  func product(
    _ a: Matrix, _ b: Matrix, into c: Buffer, accumulates: Bool = false
  ) throws {
    if products.usesCLBlast, min(a.rows, a.columns, b.columns) > 1 {
      try blastProduct(a, b, into: c, accumulates: accumulates)
    } else {
      try ownProduct(a, b, into: c, accumulates: accumulates)
    }
  }

  /// `c = a · b`, or `c += a · b`, by our own kernels; where a is transposed, b is not.
  func ownProduct(
    _ a: Matrix, _ b: Matrix, into c: Buffer, accumulates: Bool = false
  ) throws {
    guard a.isTransposed else {
      return try ownProduct(
        a.buffer, rows: a.rows, b, accumulates ? .accumulate : .plain, into: c)
    }
    precondition(!b.isTransposed)
    try ownTransposedProduct(
      a.buffer, b.buffer, depth: a.columns, rows: a.rows, columns: b.columns, into: c,
      accumulates: accumulates)
  }

  /// `c = a · b`, or `c += a · b`, by CLBlast.
  func blastProduct(_ a: Matrix, _ b: Matrix, into c: Buffer, accumulates: Bool = false) throws {
    guard a.rows > 0, b.columns > 0, a.columns > 0 else { return }
    func transpose(_ matrix: Matrix) -> CLBlastTranspose {
      matrix.isTransposed ? CLBlastTransposeYes : CLBlastTransposeNo
    }
    func stride(_ matrix: Matrix) -> Int { matrix.isTransposed ? matrix.rows : matrix.columns }
    var handle: cl_command_queue? = queue.handle
    func check(_ status: CLBlastStatusCode, _ call: String) throws {
      guard status == CLBlastSuccess else {
        throw OpenCLError.call(
          call, Status(rawValue: Int32(status.rawValue)),
          detail: "\(a.rows)×\(b.columns)×\(a.columns)")
      }
    }
    // It would allocate and release memory in each call.
    var bytes = 0
    try check(
      CLBlastSGemmTempBufferSize(
        CLBlastLayoutRowMajor, transpose(a), transpose(b), a.rows, b.columns, a.columns, 0,
        stride(a), 0, stride(b), 0, b.columns, &handle, &bytes), "CLBlastSGemmTempBufferSize")
    try reserveBlastMemory(bytes: bytes)
    var event: cl_event?
    let status = withUnsafeMutablePointer(to: &event) { event in
      CLBlastSgemmWithTempBuffer(
        CLBlastLayoutRowMajor, transpose(a), transpose(b), a.rows, b.columns, a.columns, 1,
        a.buffer.handle, 0, stride(a), b.buffer.handle, 0, stride(b), accumulates ? 1 : 0,
        c.handle, 0, b.columns, &handle, queue.profiling ? event : nil, blastMemory?.handle)
    }
    try check(status, "CLBlastSgemm")
    if let event { queue.record(Event(event), as: "CLBlastSgemm") }
  }
}
