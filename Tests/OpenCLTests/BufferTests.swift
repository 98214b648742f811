import OpenCL
import Testing

@Suite struct BufferTests {
  let context: Context
  let queue: Queue

  init() throws {
    context = try Context(Device.select())
    queue = try Queue(context)
  }

  @Test(arguments: [0, 1, 3, 17, 100_003])
  func `what is written is read`(count: Int) throws {
    let values = (0..<count).map { Float($0) * 0.5 - 7 }
    let buffer = try Buffer(values, on: queue, label: "values")
    #expect(try buffer.read(on: queue) == values)
  }

  @Test func `parts are written read filled and copied`() throws {
    let buffer = try Buffer<Int32>(zeros: 10, on: queue, label: "a")
    try buffer.write([1, 2, 3], at: 4, on: queue)
    try buffer.fill(9, 7..<9, on: queue)
    #expect(try buffer.read(on: queue) == [0, 0, 0, 0, 1, 2, 3, 9, 9, 0])
    #expect(try buffer.read(5..<8, on: queue) == [2, 3, 9])
    let other = try Buffer<Int32>(zeros: 4, on: queue, label: "b")
    try buffer.copy(4..<6, to: other, at: 1, on: queue)
    #expect(try other.read(on: queue) == [0, 1, 2, 0])
  }

  @Test func `a count of zero is legal`() throws {
    let buffer = try Buffer<Float>(zeros: 0, on: queue, label: "nothing")
    try buffer.write([], on: queue)
    try buffer.fill(1, on: queue)
    try buffer.copy(to: buffer, on: queue)
    #expect(try buffer.write(HostMemory(count: 0), on: queue) == nil)
    #expect(try buffer.read(on: queue).isEmpty)
  }

  @Test func `host memory goes there and back without the program waiting`() throws {
    let values = (0..<5000).map { UInt32($0) }
    let buffer = try Buffer<UInt32>(context, count: values.count, label: "ids")
    try buffer.write(HostMemory(values), on: queue)
    let back = HostMemory<UInt32>(count: values.count)
    let event = try #require(try buffer.read(into: back, on: queue))
    try event.wait()
    #expect(event.isComplete)
    #expect(Array(back.elements) == values)
  }

  @Test func `writes keep their memory until they are done`() throws {
    let buffers = try (0..<50).map { try Buffer<Int32>(context, count: 20_000, label: "\($0)") }
    for (index, buffer) in buffers.enumerated() {
      try buffer.write([Int32](repeating: Int32(index), count: 20_000), on: queue)
    }
    for (index, buffer) in buffers.enumerated() {
      #expect(try buffer.read(on: queue).allSatisfy { $0 == Int32(index) })
    }
  }

  @Test func `the context knows how many bytes live`() throws {
    #expect(context.allocatedBytes == 0)
    var buffer: Buffer<Float>? = try Buffer(context, count: 100, label: "x")
    #expect(context.allocatedBytes == 400 + bufferSlack)
    #expect(buffer?.allocatedBytes == context.allocatedBytes)
    buffer = nil
    #expect(context.allocatedBytes == 0)
  }

  @Test func `a buffer over the limit is refused with the numbers`() throws {
    let limit = context.device.maxAllocation
    let error = #expect(throws: OpenCLError.self) {
      try Buffer<Float>(context, count: limit / 4, label: "embedding")
    }
    #expect("\(error!)".contains("\"embedding\""))
    #expect("\(error!)".contains("\(limit / 4 * 4 + bufferSlack)"))
    #expect("\(error!)".contains("\(limit)"))
  }
}
