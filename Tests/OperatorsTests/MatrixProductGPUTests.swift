import Foundation
import OpenCL
import Testing

@testable import Operators

/// Products of work-groups with local memory, in floats and as tensor cores make them, by loops. What runs
/// on tensor cores differs in one instruction.
@Suite struct MatrixProductGPUTests {
  /// Of tiles that are emulated those of the other heights take pocl most of a minute each to compile: they are tried
  /// where DEEPFM_TILES is set.
  private static let hasAllHeights = ProcessInfo.processInfo.environment["DEEPFM_TILES"] != nil

  private func backend(_ arithmetic: ProductTiles.Arithmetic) throws -> OpenCLBackend {
    let device = try Device.select()
    var tuning = KernelLibrary.Tuning(kind: .gpu, floatVectorWidth: 1)
    tuning.tiles = ProductTiles(arithmetic: arithmetic)
    if arithmetic != .floats, !Self.hasAllHeights { tuning.tiles?.heights = [64] }
    return try OpenCLBackend(device, products: .own, profiling: false, tuning: tuning)
  }

  /// What each arithmetic keeps of a factor, in bits.
  private static let arithmetics: [(ProductTiles.Arithmetic, bits: Int)] = [
    (.floats, 24), (.tf32(emulated: true), 11), (.bfloat16(emulated: true), 8),
    // The second half of a factor is cut off: 2⁻²¹ of each.
    (.tf32x3(emulated: true), 20),
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
        try tiled.layer(shape, Distribution.integers, rows: rows)
          == exact.layer(shape, Distribution.integers, rows: rows), "\(rows)×\(inputs)×\(outputs)")
    }
  }

  @Test(arguments: arithmetics)
  func `factors are rounded as they should be`(
    arithmetic: (ProductTiles.Arithmetic, bits: Int)
  ) throws {
    let (tiled, exact) = (try backend(arithmetic.0), try OpenCLBackend(Device.select()))
    func numbers(_ name: String, _ count: Int) -> [Float] {
      Distribution.signed.numbers(count, purpose: name).map { abs(Float($0)) }
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

  @Test(arguments: arithmetics)
  func `a check at the start compares with the processor`(
    arithmetic: (ProductTiles.Arithmetic, bits: Int)
  ) throws {
    try backend(arithmetic.0).checkTiles()
  }

  @Test(.enabled("there are no tensor cores") { try !Device.select().hasTensorCores })
  func `tensor cores are asked for in vain where there are none`() throws {
    let device = try Device.select()
    #expect {
      _ = try OpenCLBackend(device, products: .tf32)
    } throws: { "\($0)".contains("products in tf32 are for NVIDIA's GPUs") }
  }

  @Test func `own kernel and CLBlast are both measured`() throws {
    let choice = try backend(.floats).measureProducts(rows: 33, width: 40)
    #expect(choice.own > 0 && choice.clblast > 0 && choice.tf32x3 == nil)
  }

  @Test func `three products in TF32 are measured as well, and may be fastest`() throws {
    let choice = try backend(.floats).measureProducts(
      rows: 33, width: 40, beside: backend(.tf32x3(emulated: true)))
    #expect(choice.tf32x3 ?? 0 > 0)
    let fast = ProductChoice(own: 3, clblast: 4, tf32x3: 2)
    #expect(fast.fastest == .tf32x3)
    #expect(
      fast.description
        == "own kernel, tf32x3 by tensor cores (auto, 1.5 times as fast as in floats)")
    #expect(ProductChoice(own: 3, clblast: 2, tf32x3: 2.5).fastest == .clblast)
    #expect(ProductChoice(own: 2, clblast: 3, tf32x3: 2).fastest == .own)
    let device = try Device.select()
    let products = try MatrixProducts(.auto, on: device, limit: .tiles, choice: fast)
    #expect(products.usesTensorCores == (device.kind != .cpu) && !products.usesCLBlast)
  }

  /// Which ways of multiplying may stand for floats: those whose errors the table of operators takes for rounding.
  @Test(arguments: arithmetics)
  func `a way that is less precise than floats may be is not taken for them`(
    arithmetic: (ProductTiles.Arithmetic, bits: Int)
  ) throws {
    #expect(try backend(arithmetic.0).keepsFloats() == (arithmetic.bits >= 20))
  }

  @Test func `layers by three products in TF32 are within what floats may err by`() throws {
    let tiled = try backend(.tf32x3(emulated: true))
    let cases = OperatorTable.cases.filter { $0.name == "dense" }
    for result in OperatorTable.check(on: tiled, cases: cases, upTo: 31, differences: false) {
      #expect(result.passed, "\(result.form), \(result.rows) rows: \(result.failure ?? "")")
    }
  }

  @Test func `a choice is measured once for each device and remembered`() throws {
    let folder = NSTemporaryDirectory() + "choice-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var measured = 0
    func choice(_ key: String, at path: String?) -> ProductChoice {
      ProductChoice.remembered(key, at: path) {
        measured += 1
        return ProductChoice(own: 2, clblast: Double(measured))
      }
    }
    let path = folder + "/deeper/products.json"
    #expect(choice("one", at: path).fastest == .clblast)
    #expect(choice("another", at: path).fastest == .own)
    #expect(choice("one", at: path).clblast == 1 && measured == 2)
    // What is no list of choices is replaced; what cannot be written is measured every time.
    try Data("[".utf8).write(to: URL(fileURLWithPath: path))
    #expect(choice("one", at: path).clblast == 3 && choice("one", at: path).clblast == 3)
    #expect(choice("one", at: path + "/no/folder").clblast == 4)
    #expect(choice("one", at: nil).clblast == 5)
    #expect(
      ProductChoice(own: 1, clblast: 1.5).description
        == "own kernel (auto, 1.5 times as fast as CLBlast)")
  }
}
