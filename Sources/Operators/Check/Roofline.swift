import Data
import OpenCL

/// What a device was measured to do at best.
package struct Roofline: Sendable {
  /// Floating-point operations a second.
  package let flops: Double
  /// Bytes a second, read and written, in a long copy.
  package let bandwidth: Double
  /// Rows of 64 bytes a second, gathered from all over a table; nil where it was not measured.
  package let gathers: Double?

  /// - Parameters:
  ///   - flops: floating-point operations a second.
  ///   - bandwidth: bytes a second, read and written.
  ///   - gathers: rows of 64 bytes a second, gathered from all over a table.
  package init(flops: Double, bandwidth: Double, gathers: Double? = nil) {
    self.flops = flops
    self.bandwidth = bandwidth
    self.gathers = gathers
  }

  /// Measures a backend: bandwidth by a long copy; arithmetic by multiply-adds in registers on an
  /// OpenCL device, elsewhere by a square dense product.
  ///
  /// - Parameters:
  ///   - size: the product's three sizes.
  ///   - length: the copy's length in scalars; longer than the caches hold.
  package static func measure<B: Backend>(
    on backend: B, size: Int = 1024, length: Int = 1 << 25
  ) throws -> Roofline {
    let layout = BatchLayout(features: 1, fields: 1, slotFields: [0], weighted: false)
    var graph = Graph(layout: layout)
    let from = graph.makeValue(width: length)
    let copy = [
      Forward(
        operation: Sum(inputs: [from], output: graph.makeValue(width: length)), training: false)
    ]
    let pass = Pass(
      on: backend, input: try backend.makeInput(layout: layout, capacity: 1, findsUniqueIDs: false))
    try pass.make(copy.flatMap { $0.memory(capacity: 1) })
    try backend.upload(Batch(layout: layout, ids: [0], labels: [0]), to: pass.input)
    let seconds = try backend.medianTime { try pass.run(copy) }
    let bandwidth = 2 * Double(length * MemoryLayout<B.Scalar>.size) / seconds
    if let device = backend as? OpenCLBackend, let table = pass[from] as? OpenCLBackend.Buffer {
      return Roofline(
        flops: try device.multiplyAddRate(), bandwidth: bandwidth,
        gathers: try device.gatherRate(table))
    }
    let product = OperatorCase.graph("product", "", reads: [size], rows: [size]) {
      $0.dense("dense", $1[0], outputs: size, bias: false)
    }
    let flops = try product.time(on: backend, rows: size).map(\.gigaflops).max() ?? 0
    return Roofline(flops: 1e9 * flops, bandwidth: bandwidth)
  }
}

extension OpenCLBackend {
  /// Floating-point operations a second that never leave the registers.
  fileprivate func multiplyAddRate() throws -> Double {
    let items = device.computeUnits * (device.kind == .cpu ? 4 : 1024)
    let count = device.kind == .cpu ? 1 << 18 : 1 << 12
    let output = try makeBuffer("sums", count: items)
    let input = try makeBuffer("factors", count: 2)
    let kernel = try library.kernel("multiply_adds", of: "roofline")
    let seconds = try medianTime {
      try kernel.launch(
        on: queue, global: [items], local: [device.kind == .cpu ? 1 : 64],
        ["count": count, "x": input, "y": output])
    }
    return 24 * Double(library.tuning.lanes * items * count) / seconds
  }

  /// Rows of 64 bytes a second, gathered from all over a table.
  fileprivate func gatherRate(_ table: Buffer) throws -> Double {
    let chunks = 1 << 14
    let output = try makeBuffer("sums", count: chunks)
    let seconds = try medianTime {
      try runChunks(
        "gather_rows", of: "roofline", items: chunks,
        ["rows": table.count / 16, "table": table, "y": output])
    }
    return Double(chunks * KernelLibrary.chunk) / seconds
  }
}
