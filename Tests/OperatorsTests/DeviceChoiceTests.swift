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
    for result in OperatorTable.check(on: backend, upTo: 17) {
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

  @Test func `a plan's buffers are what the device has allocated`() throws {
    let backend = try OpenCLBackend(Device.select())
    let before = backend.context.allocatedBytes
    // So large that any buffer but the smallest is more than what comes on top: slack, tables of the layout.
    let network = try Network.small(on: backend, capacity: 1 << 16)
    let allocated = backend.context.allocatedBytes - before
    let memory = network.memory
    // What a batch takes depends on the device.
    let planned = memory.total - memory.total(of: .input)
    let input = backend.device.sharesHostMemory ? 0 : memory.total(of: .input)
    let owners = 4 * (1 << 16) * 2  // lists of ids
    let onTop = (memory.entries.count + 20) * (bufferSlack + 64)
    #expect(onTop < 4 * (1 << 16))
    #expect(allocated >= planned + input)
    #expect(allocated <= planned + input + owners + onTop)
  }

  private func buffer(_ values: [Float], _ backend: OpenCLBackend) throws -> OpenCLBackend.Buffer {
    try OpenCLBackend.Buffer(values, on: backend.queue, label: "test")
  }
}
