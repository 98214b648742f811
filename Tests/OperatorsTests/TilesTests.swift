import OpenCL
import Testing

@testable import Operators

/// Products of work-groups with local memory, in floats and as tensor cores make them, by loops. What runs
/// on tensor cores differs in one instruction.
@Suite struct TilesTests {
  private func backend(_ arithmetic: ProductTiles.Arithmetic) throws -> OpenCLBackend {
    let device = try Device.select()
    var tuning = KernelLibrary.Tuning(kind: .gpu, floatVectorWidth: 1)
    tuning.tiles = ProductTiles(arithmetic: arithmetic)
    return try OpenCLBackend(device, products: .own, profiling: false, tuning: tuning)
  }

  /// What each arithmetic keeps of a factor, in bits.
  private static let arithmetics: [(ProductTiles.Arithmetic, bits: Int)] = [
    (.floats, 24), (.tf32(emulated: true), 11), (.bfloat16(emulated: true), 8),
  ]

  /// One and several tiles; a depth in one and several parts; rows and columns by themselves and in the
  /// last tile.
  @Test(arguments: arithmetics)
  func `small integers are multiplied exactly`(
    arithmetic: (ProductTiles.Arithmetic, bits: Int)
  ) throws {
    let (tiled, exact) = (try backend(arithmetic.0), try OpenCLBackend(Device.select()))
    let sizes = [(1, 1, 2), (3, 17, 5), (17, 33, 31), (129, 257, 130), (600, 33, 17), (389, 64, 3)]
    for (rows, inputs, outputs) in sizes {
      let shape = Dense.Shape(inputs: inputs, outputs: outputs)
      #expect(
        try tiled.layer(shape, Draw.integers, rows: rows)
          == exact.layer(shape, Draw.integers, rows: rows), "\(rows)×\(inputs)×\(outputs)")
    }
  }

  @Test(arguments: arithmetics)
  func `factors are rounded as they should be`(
    arithmetic: (ProductTiles.Arithmetic, bits: Int)
  ) throws {
    let (tiled, exact) = (try backend(arithmetic.0), try OpenCLBackend(Device.select()))
    func numbers(_ name: String, _ count: Int) -> [Float] {
      Draw.signed.numbers(count, purpose: name).map { abs(Float($0)) }
    }
    let shape = Dense.Shape(inputs: 300, outputs: 45)
    let found = try tiled.layer(shape, numbers, rows: 67)
    let right = try exact.layer(shape, numbers, rows: 67)
    // Each factor is off by half of its last bit at most; sums of floats by their rounding.
    let bound = Float(sign: .plus, exponent: -arithmetic.bits, significand: 1.1) + 1e-6
    for (found, right) in zip(found, right) {
      let errors = zip(found, right).map { abs($0 - $1) / max($1, 1e-9) }
      #expect(errors.max()! < bound)
    }
    guard arithmetic.0 != .floats else { return }
    #expect(zip(found[0], right[0]).contains { abs($0 - $1) > bound / 1000 * $1 })
  }

  @Test(arguments: arithmetics)
  func `what is not finite stays so`(
    arithmetic: (ProductTiles.Arithmetic, bits: Int)
  ) throws {
    let backend = try backend(arithmetic.0)
    for value in [Float.nan, .infinity, Float(bitPattern: 0x7fff_ffff)] {
      func numbers(_ name: String, _ count: Int) -> [Float] {
        [Float](repeating: name == "x" ? value : 1, count: count)
      }
      let y = try backend.layer(Dense.Shape(inputs: 1, outputs: 2), numbers, rows: 1)[0]
      #expect(y.allSatisfy { !$0.isFinite })
    }
  }
}
