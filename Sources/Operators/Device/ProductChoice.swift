import Kernels
import OpenCL
import Support

/// Whether our own kernel or CLBlast multiplies matrices on a device that is no CPU: measured when it is first
/// asked for, and remembered, so that results are the same, bit for bit, from run to run.
package struct ProductChoice: Sendable, Codable, CustomStringConvertible {
  /// Seconds of our own kernel for the three products of a layer, and of CLBlast.
  package let own: Double
  package let clblast: Double

  /// Whether CLBlast is the faster one.
  package var usesCLBlast: Bool { clblast < own }

  /// For people.
  package var description: String {
    let ratio = (100 * max(own, clblast) / min(own, clblast)).rounded() / 100
    return usesCLBlast
      ? "CLBlast (auto, \(ratio) times as fast as the own kernel)"
      : "own kernel (auto, \(ratio) times as fast as CLBlast)"
  }

  /// Where measurements are remembered, by device, driver and kernel.
  static var path: String? { UserCache.path("products.json") }

  /// What is remembered of a device, or else a measurement, which is remembered from now on.
  ///
  /// - Parameters:
  ///   - key: names device and driver.
  ///   - path: of the file; what is not there, cannot be read or cannot be written is no error.
  static func remembered(
    _ key: String, at path: String?, measure: () throws -> ProductChoice
  ) rethrows -> ProductChoice {
    let text = KernelSource("gemm_gpu").compiled().map(\.text).joined()
    let kernel = Array(text.utf8).withUnsafeBytes { XXH64.hash($0) }
    let key = "\(key), kernel \(String(kernel, radix: 16))"
    let known: [String: ProductChoice] = UserCache.read(at: path)
    if let choice = known[key] { return choice }
    let choice = try measure()
    UserCache.write(choice, for: key, at: path)
    return choice
  }
}

extension OpenCLBackend {
  /// Times the products of a layer of 400×400 either way, for as many rows as take the device some
  /// milliseconds.
  func measureProducts() throws -> ProductChoice {
    var rows = 256
    while true {
      let choice = try measureProducts(rows: rows, width: 400)
      guard choice.own < 0.005, rows < 1 << 16 else { return choice }
      rows *= 4
    }
  }

  /// Times the three products of a layer, forward, by its input and by its weights, either way.
  ///
  /// - Parameters:
  ///   - rows: the samples.
  ///   - width: the inputs, and the outputs.
  func measureProducts(rows: Int, width: Int) throws -> ProductChoice {
    let x = try makeBuffer("x", count: rows * width)
    let y = try makeBuffer("y", count: rows * width)
    let (weight, gradient) = (
      try makeBuffer("weight", count: width * width),
      try makeBuffer("gradient", count: width * width)
    )
    try reserveScratch(count: gpuTransposedScratch(rows: width, columns: width))
    let samples = Matrix(buffer: x, rows: rows, columns: width)
    let weights = Matrix(buffer: weight, rows: width, columns: width)
    let results = Matrix(buffer: y, rows: rows, columns: width)
    return ProductChoice(
      own: try medianTime {
        try gpuProduct(samples, weights, .plain, into: y)
        try gpuProduct(results, weights.transposed, .plain, into: x)
        try gpuTransposedProduct(
          x, y, depth: rows, rows: width, columns: width, into: gradient, accumulates: false)
      },
      clblast: try medianTime {
        try blastProduct(samples, weights, into: y)
        try blastProduct(results, weights.transposed, into: x)
        try blastProduct(samples.transposed, results, into: gradient)
      })
  }
}
