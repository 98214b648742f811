import OpenCL
import Testing

@testable import Operators

/// The OpenCL backend's choices: vectors, tiles, products, memory.
@Suite struct DeviceChoiceTests {
  /// But for this device's own, which all other tests run with.
  @Test(
    arguments: try [(Device.Kind.cpu, 8), (.cpu, 16), (.gpu, 1)].filter {
      try tuning($0, $1) != KernelLibrary.Tuning(for: Device.select())
    })
  func `the vectors and tiles of other devices give the same results`(
    kind: Device.Kind, width: Int
  ) throws {
    let tuning = try Self.tuning(kind, width)
    let backend = try OpenCLBackend(
      Device.select(), products: .own, profiling: false, tuning: tuning)
    for result in OperatorTable.check(on: backend, upTo: 17, differences: false) {
      #expect(
        result.passed, "\(result.name) \(result.form), \(result.rows) rows: \(result.failure ?? "")"
      )
    }
  }

  private static func tuning(_ kind: Device.Kind, _ width: Int) throws -> KernelLibrary.Tuning {
    var tuning = KernelLibrary.Tuning(kind: kind, floatVectorWidth: width)
    if try Device.select().sharesHostMemory { tuning.owners = kind == .cpu ? 3 : 0 }
    return tuning
  }

  @Test(arguments: [
    (MatrixProducts.Policy.own, "own kernel (forced)"), (.clblast, "CLBlast (forced)"),
  ])
  func `the description says who computes products`(
    policy: MatrixProducts.Policy, text: String
  ) throws {
    let device = try Device.select()
    #expect(try OpenCLBackend(device, products: policy).description.hasSuffix(text))
    let auto = try OpenCLBackend(device)
    #expect(auto.description.contains(" (auto") && auto.description.hasPrefix(device.name))
    #expect(!auto.products.usesCLBlast || device.kind != .cpu)
  }

  @Test(arguments: try MatrixProducts.Policy.some([.own, .bfloat16]))
  func `a row's product does not depend on the rows around it`(
    policy: MatrixProducts.Policy
  ) throws {
    let backend = try OpenCLBackend(Device.select(), products: policy)
    let shape = Dense.Shape(inputs: 601, outputs: 45)
    let x = Distribution.signed.numbers(40 * 601, purpose: "x").map { Float($0) }
    let weight = try buffer(
      Distribution.signed.numbers(601 * 45, purpose: "w").map { Float($0) }, backend)
    try backend.reserveScratch(count: backend.scratch(for: shape, rows: 40))
    func product(_ rows: Range<Int>) throws -> [Float] {
      let input = try buffer(Array(x[rows.lowerBound * 601..<rows.upperBound * 601]), backend)
      let output = try backend.makeBuffer("y", count: rows.count * 45)
      try backend.dense(
        shape, rows: rows.count, x: input, weight: weight, bias: nil, epilogue: Epilogue(.tanh),
        y: output)
      return try backend.read(output, count: rows.count * 45)
    }
    let all = try product(0..<40)
    for rows in [0..<1, 0..<13, 7..<8, 11..<40, 39..<40] {
      #expect(try product(rows) == Array(all[rows.lowerBound * 45..<rows.upperBound * 45]))
    }
  }

  @Test(arguments: [true, false], [0, 3])
  func `a plan's buffers are what the device has allocated`(borrows: Bool, owners: Int) throws {
    let device = try Device.select()
    var tuning = KernelLibrary.Tuning(for: device)
    (tuning.borrowsBatches, tuning.owners) = (borrows && device.sharesHostMemory, owners)
    let backend = try OpenCLBackend(device, products: .auto, profiling: false, tuning: tuning)
    let before = backend.context.allocatedBytes
    let network = try Network.small(on: backend, capacity: 1 << 10)
    let allocated = backend.context.allocatedBytes - before
    // The scratch memory of no steps was there before.
    let slack = (network.memory.entries.count - 1) * bufferSlack
    #expect(allocated == network.memory.total + slack)
  }

  private func buffer(_ values: [Float], _ backend: OpenCLBackend) throws -> OpenCLBackend.Buffer {
    try OpenCLBackend.Buffer(values, on: backend.queue, label: "test")
  }
}
