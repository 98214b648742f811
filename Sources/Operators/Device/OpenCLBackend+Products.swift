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
  /// The columns of a panel of `gemm.cl`.
  var panel: Int { 2 * library.tuning.lanes }

  /// The panels that cover `columns`.
  func panels(_ columns: Int) -> Int { (columns + panel - 1) / panel }

  /// The scalars that a product's second factor, `rows` × `columns`, takes as panels or tiles.
  func packedCount(rows: Int, columns: Int) -> Int {
    guard library.tuning.tiles == nil else { return 0 }
    guard let parts = products.parts else { return rows * panels(columns) * panel }
    return wordCount(rows: rows, columns: columns, parts: parts)
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

  /// `c = a · b` by our own kernel, [rows × b's columns]; b is packed into scratch where that pays,
  /// behind the masks of dropout.
  func ownProduct(
    _ a: Buffer, rows: Int, _ b: Matrix, _ end: ProductEnd, into c: Buffer
  ) throws {
    let (depth, columns) = (b.rows, b.columns)
    if library.tuning.tiles != nil {
      return try tiledProduct(
        Matrix(buffer: a, rows: rows, columns: depth), b, end, into: c)
    }
    let (mode, bias, epilogue, y) = end.arguments
    let masks = epilogue.dropout == nil ? 0 : lines(maskCount(rows: rows, width: columns))
    guard products.parts == nil else {
      return try wordProduct(
        a, rows: rows, b, masks: masks, mode: mode, bias: bias, epilogue, y: y ?? none, into: c)
    }
    var (packed, offset, panelStep, rowStep) = (b.buffer, 0, panel, columns)
    if !b.isSpread {
      offset = masks
      (packed, panelStep, rowStep) = (scratch, depth * panel, panel)
      try run(
        "pack", of: "gemm_cpu", items: vectors(depth) * 2 * panels(columns), depth, columns,
        b.buffer, b.strides.row, b.strides.column, scratch, offset)
    }
    let shape = productShape(rows: rows, columns: columns, depth: depth)
    try library.kernel("product", of: "gemm_cpu").launch(
      on: queue,
      global: [
        (panels(columns) + shape.panelsEach - 1) / shape.panelsEach,
        (rows + shape.block - 1) / shape.block,
      ],
      local: [1, 1],
      rows, columns, depth, shape.step, a, packed, offset, panelStep, rowStep, shape.panelsEach,
      shape.block, mode, bias ?? none, bias == nil ? 0 : 1, epilogue.argument, scratch, y ?? none, c
    )
  }

  /// How a product is cut into work-items: a block of rows with all panels, or, for several cores, with a
  /// fifth of them.
  ///
  /// A block has no more rows than fit its core's cache. Of the sizes down from there the one is taken
  /// with which the core that has most has least. pocl gives a core half of the work-items that are left
  /// at a time, 64 at most: with many small ones a core that is done takes over from one that is not, and
  /// those of a block follow each other, so that its rows are in the cache.
  private func productShape(
    rows: Int, columns: Int, depth: Int
  ) -> (block: Int, panelsEach: Int, step: Int) {
    let tile = library.tuning.tileRows
    // Blocks of equal depth, so that a panel's part fits the nearest cache.
    let steps = (depth + 511) / 512
    let step = (depth + steps - 1) / steps
    let (tiles, cores) = ((rows + tile - 1) / tile, device.computeUnits)
    let fitting = max(40_000 / step / tile, 1)
    // A few rows of their own would fetch all of b once more.
    let most = tiles <= fitting + fitting / 4 ? max(tiles, 1) : fitting
    func longest(_ block: Int) -> Int {
      let blocks = (tiles + block - 1) / block
      return min((blocks + cores - 1) / cores * block, tiles)
    }
    let block = (1...most).min { (longest($0), -$0) < (longest($1), -$1) } ?? 1
    let blocks = (tiles + block - 1) / block
    let parts = min(panels(columns), max((cores + blocks - 1) / blocks, cores > 1 ? 5 : 1))
    return (block * tile, (panels(columns) + parts - 1) / parts, step)
  }

  /// `c = aᵀ · b`, or `c += aᵀ · b`, for a, [depth × rows], and b, [depth × columns]; and the sums of
  /// b's columns.
  func ownTransposedProduct(
    _ a: Buffer, _ b: Buffer, depth: Int, rows: Int, columns: Int, into c: Buffer,
    accumulates: Bool = false, sums: Buffer? = nil
  ) throws {
    if library.tuning.tiles != nil {
      if let sums { try sumColumns(b, rows: depth, width: columns, into: sums) }
      return try tiledTransposedProduct(
        a, b, depth: depth, rows: rows, columns: columns, into: c, accumulates: accumulates)
    }
    guard products.parts == nil else {
      return try transposedWordProduct(
        a, b, depth: depth, rows: rows, columns: columns, into: c, accumulates: accumulates,
        sums: sums)
    }
    let (block, each) = transposedProductShape(rows: rows, columns: columns)
    try library.kernel("transposed_product", of: "gemm_cpu").launch(
      on: queue,
      global: [(panels(columns) + each - 1) / each, (rows + block - 1) / block],
      local: [1, 1],
      rows, columns, depth, a, b, each, block, c, accumulates ? 1 : 0, sums ?? none,
      sums == nil ? 0 : 1, scratch)
  }

  /// The scratch memory of a transposed product: the packed parts of all its work-items.
  func transposedProductScratch(rows: Int, columns: Int) -> Int {
    guard library.tuning.tiles == nil else {
      return tiledTransposedScratch(rows: rows, columns: columns)
    }
    if let parts = products.parts {
      return transposedWordCount(rows: rows, columns: columns, parts: parts)
    }
    let (block, each) = transposedProductShape(rows: rows, columns: columns)
    let (tile, depth) = (library.tuning.tileRows, library.tuning.depth)
    let items = (panels(columns) + each - 1) / each * ((rows + block - 1) / block)
    return items * ((depth * tile + 16) * (block / tile) + (depth * panel + 16) * each)
  }

  private func transposedProductShape(rows: Int, columns: Int) -> (block: Int, panelsEach: Int) {
    let tile = library.tuning.tileRows
    let shape = cutForCores(tiles: (rows + tile - 1) / tile, panels: panels(columns))
    return (shape.tilesEach * tile, shape.panelsEach)
  }

  /// One work-item a core, since each packs what it reads: the tiles of C's rows are halved, or its
  /// panels, whichever are more, until there are enough.
  func cutForCores(tiles: Int, panels: Int) -> (tilesEach: Int, panelsEach: Int) {
    var (rowParts, panelParts) = (1, 1)
    while rowParts * panelParts < device.computeUnits {
      if tiles / rowParts >= panels / panelParts {
        guard tiles > rowParts else { break }
        rowParts = min(2 * rowParts, tiles)
      } else {
        panelParts = min(2 * panelParts, panels)
      }
    }
    return ((tiles + rowParts - 1) / rowParts, (panels + panelParts - 1) / panelParts)
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
