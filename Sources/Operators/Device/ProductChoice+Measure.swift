import OpenCL

extension ProductChoice {
  /// Times the ways that a device has.
  static func measured(on device: Device, tuning: KernelLibrary.Tuning) throws -> ProductChoice {
    func backend(_ products: MatrixProducts.Policy) throws -> OpenCLBackend {
      try OpenCLBackend(device, products: products, profiling: false, tuning: tuning)
    }
    // Tensor cores that fail are not taken; who asks for them by name is told why.
    let hasTensorCores = MatrixProducts.isPossible(.tf32x3, on: device)
    return try backend(.own).measureProducts(
      beside: hasTensorCores ? try? backend(.tf32x3) : nil)
  }
}

extension OpenCLBackend {
  /// Times the products of a layer of 400×400 each way, for as many rows as take the device some milliseconds.
  ///
  /// - Parameter tensorCores: a backend whose products are by three in TF32; it is not timed where they are less precise
  ///   than floats may be.
  func measureProducts(beside tensorCores: OpenCLBackend? = nil) throws -> ProductChoice {
    let other = tensorCores.flatMap { (try? $0.keepsFloats()) == true ? $0 : nil }
    var rows = 256
    while true {
      let choice = try measureProducts(rows: rows, width: 400, beside: other)
      guard choice.own < 0.005, rows < 1 << 16 else { return choice }
      rows *= 4
    }
  }

  /// Times the three products of a layer, forward, by its input and by its weights, each way.
  ///
  /// - Parameters:
  ///   - rows: the samples.
  ///   - width: the inputs, and the outputs.
  func measureProducts(
    rows: Int, width: Int, beside other: OpenCLBackend? = nil
  ) throws -> ProductChoice {
    let layer = try Layer(rows: rows, width: width, on: self)
    return ProductChoice(
      own: try timeOwnProducts(of: layer),
      clblast: try medianTime {
        try blastProduct(layer.samples, layer.weights, into: layer.results.buffer)
        try blastProduct(layer.results, layer.weights.transposed, into: layer.samples.buffer)
        try blastProduct(layer.samples.transposed, layer.results, into: layer.gradient)
      },
      tf32x3: try other.map { try $0.timeOwnProducts(of: Layer(rows: rows, width: width, on: $0)) })
  }

  private func timeOwnProducts(of layer: Layer) throws -> Double {
    let (samples, results) = (layer.samples, layer.results)
    let width = layer.weights.rows
    try reserveScratch(count: gpuTransposedScratch(rows: width, columns: width))
    return try medianTime {
      try gpuProduct(samples, layer.weights, .plain, into: results.buffer)
      try gpuProduct(results, layer.weights.transposed, .plain, into: samples.buffer)
      try gpuTransposedProduct(
        samples.buffer, results.buffer, depth: samples.rows, rows: width, columns: width,
        into: layer.gradient, accumulates: false)
    }
  }

  /// The matrices of a layer, all 0.
  private struct Layer {
    let samples, weights, results: Matrix
    let gradient: Buffer

    init(rows: Int, width: Int, on backend: OpenCLBackend) throws {
      func matrix(_ name: String, _ rows: Int) throws -> Matrix {
        Matrix(
          buffer: try backend.makeBuffer(name, count: rows * width), rows: rows, columns: width)
      }
      samples = try matrix("x", rows)
      weights = try matrix("weight", width)
      results = try matrix("y", rows)
      gradient = try backend.makeBuffer("gradient", count: width * width)
    }
  }

  /// Whether products are as near to the exact ones as the table of operators asks of floats, of positive factors, whose
  /// sums all err the same way where a device cuts them off: those of a layer of 400, and by its weights of a batch.
  func keepsFloats() throws -> Bool {
    func matrix(_ name: String, _ rows: Int, _ columns: Int) throws -> (Matrix, [Double]) {
      let numbers = Distribution.positive.numbers(rows * columns, purpose: name)
      let buffer = try Buffer(numbers.map { Float($0) }, on: queue, label: name)
      return (Matrix(buffer: buffer, rows: rows, columns: columns), numbers)
    }
    /// Whether c, [rows × columns], is the product of a and b, of which `index` tells where k of a row or column is.
    func isNear(
      _ c: Buffer, rows: Int, columns: Int, depth: Int, _ a: [Double], _ b: [Double],
      row: (Int, Int) -> Int
    ) throws -> Bool {
      let found = try read(c, count: rows * columns)
      var (error, largest) = (0.0, 0.0)
      for (place, found) in found.enumerated() {
        let (i, j) = (place / columns, place % columns)
        var right = 0.0
        for k in 0..<depth { right += a[row(i, k)] * b[k * columns + j] }
        let distance = abs(Double(found) - right)
        (error, largest) = (max(error, distance.isNaN ? .infinity : distance), max(largest, right))
      }
      return error <= OperatorTable.tolerance(terms: depth) * largest
    }
    let (rows, width, columns, batch) = (67, 400, 83, 4096)
    let c = try makeBuffer("c", count: rows * columns)
    let (a, left) = try matrix("a", rows, width)
    let (b, right) = try matrix("b", width, columns)
    try gpuProduct(a, b, .plain, into: c)
    guard
      try isNear(
        c, rows: rows, columns: columns, depth: width, left, right, row: { $0 * width + $1 })
    else { return false }
    let (x, samples) = try matrix("x", batch, rows)
    let (dy, derivatives) = try matrix("dy", batch, columns)
    try reserveScratch(count: gpuTransposedScratch(rows: rows, columns: columns))
    try gpuTransposedProduct(
      x.buffer, dy.buffer, depth: batch, rows: rows, columns: columns, into: c, accumulates: false)
    return try isNear(
      c, rows: rows, columns: columns, depth: batch, samples, derivatives, row: { $1 * rows + $0 })
  }
}
