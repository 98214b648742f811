import OpenCL
import Testing

@testable import Operators

/// Products of factors in bfloat16, by the processor's instructions where it has them, and emulated.
@Suite(.onCPU) struct MatrixProductBF16Tests {
  /// A backend that multiplies so.
  private func backend(
    _ products: MatrixProducts.Policy, limit: MatrixProducts.BFloat16Instructions = .tiles
  ) throws -> OpenCLBackend {
    let device = try Device.select()
    var tuning = KernelLibrary.Tuning(for: device)
    tuning.bfloat16 = limit
    return try OpenCLBackend(device, products: products, profiling: false, tuning: tuning)
  }

  /// Products of small integers are the same in any arithmetic.
  @Test(
    arguments: [MatrixProducts.Policy.bfloat16, .bfloat16x2],
    MatrixProducts.BFloat16Instructions.allCases)
  func `small integers are multiplied exactly`(
    products: MatrixProducts.Policy, limit: MatrixProducts.BFloat16Instructions
  ) throws {
    let rounded = try backend(products, limit: limit)
    let exact = try backend(.own)
    #expect(rounded.products.instructions <= limit)
    let sizes = [(1, 1, 2), (3, 17, 5), (17, 33, 31), (67, 40, 600), (600, 33, 17)]
    for (rows, inputs, outputs) in sizes {
      let shape = Dense.Shape(inputs: inputs, outputs: outputs)
      #expect(
        try rounded.layer(shape, Distribution.integers, rows: rows)
          == exact.layer(shape, Distribution.integers, rows: rows), "\(rows)×\(inputs)×\(outputs)")
    }
  }

  @Test func `products that a processor cannot make in bfloat16 are doubted`() throws {
    #expect(try backend(.bfloat16, limit: .none).products.doubt?.contains("slower here") == true)
    #expect(try backend(.own, limit: .none).products.doubt == nil)
    let best = try backend(.bfloat16).products
    #expect((best.doubt == nil) == (best.instructions > .none))
  }

  /// A factor is off by 2⁻⁹ of itself at most where it has 8 bits, by 2⁻¹⁷ where it has 16.
  @Test(
    arguments: [(MatrixProducts.Policy.bfloat16, 8), (.bfloat16x2, 16)],
    MatrixProducts.BFloat16Instructions.allCases)
  func `factors are rounded`(
    _ precision: (MatrixProducts.Policy, bits: Int), limit: MatrixProducts.BFloat16Instructions
  ) throws {
    let rounded = try backend(precision.0, limit: limit)
    let exact = try backend(.own)
    let shape = Dense.Shape(inputs: 600, outputs: 45)
    func numbers(_ name: String, _ count: Int) -> [Float] {
      Distribution.signed.numbers(count, purpose: name).map { abs(Float($0)) }
    }
    let found = try rounded.layer(shape, numbers, rows: 67)
    let right = try exact.layer(shape, numbers, rows: 67)
    let bound = 1.1 * Float(sign: .plus, exponent: -precision.bits, significand: 1)
    // No cancellation: all factors are positive.
    for (found, right) in zip(found, right) {
      let errors = zip(found, right).map { abs($0 - $1) / max($1, 1e-9) }
      #expect(errors.max()! < bound)
    }
    // Those of positive numbers would be smaller by far if nothing were rounded.
    #expect(zip(found[0], right[0]).contains { abs($0 - $1) > bound / 1000 * $1 })
  }

  @Test(
    arguments: [MatrixProducts.Policy.bfloat16, .bfloat16x3],
    MatrixProducts.BFloat16Instructions.allCases)
  func `what is not finite stays so`(
    products: MatrixProducts.Policy, limit: MatrixProducts.BFloat16Instructions
  ) throws {
    let backend = try backend(products, limit: limit)
    for value in [Float.nan, .infinity, Float(bitPattern: 0x7fff_ffff)] {
      func numbers(_ name: String, _ count: Int) -> [Float] {
        [Float](repeating: name == "x" ? value : 1, count: count)
      }
      let y = try backend.layer(Dense.Shape(inputs: 1, outputs: 2), numbers, rows: 1)[0]
      #expect(y.allSatisfy { !$0.isFinite })
    }
  }

  @Test func `training is the same every time and near to that in floats`() throws {
    func losses(_ products: MatrixProducts.Policy) throws -> Double {
      let backend = try backend(products)
      let network = try Network.small(on: backend)
      for step in 0..<20 { try network.train(ParityLog().batch(rows: 64, number: step)) }
      return try network.losses().sum
    }
    let (found, right) = (try losses(.bfloat16), try losses(.own))
    #expect(try losses(.bfloat16) == found)
    #expect(found != right && abs(found - right) < 0.01 * right)
  }
}
