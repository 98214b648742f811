import Kernels
import Random
import Testing

@testable import OpenCL

@Suite struct KernelTests {
  let context: Context
  let queue: Queue

  init() throws {
    context = try Context(Device.select())
    queue = try Queue(context)
  }

  private func program(_ text: String) throws -> Program {
    try Program(context, sources: [Source(name: "test.cl", text: text)])
  }

  @Test func `typed arguments reach the kernel`() throws {
    let kernel = try program(
      """
      kernel void combine(global float *y, int n, uint u, float f, local float *shared, int m) {
        const int i = get_global_id(0);
        shared[get_local_id(0)] = f;
        barrier(CLK_LOCAL_MEM_FENCE);
        if (i < n) y[i] = shared[get_local_size(0) - 1 - get_local_id(0)] + u + i * m;
      }
      """
    ).kernel("combine")
    let y = try Buffer<Float>(zeros: 100, on: queue, label: "y")
    try kernel.launch(
      on: queue, global: [97], local: [16],
      [
        "y": y, "n": 97, "u": UInt32(3), "f": Float(0.5),
        "shared": LocalMemory(Float.self, count: 16), "m": Int32(-2),
      ])
    let expected = (0..<100).map { $0 < 97 ? Float(3.5) - 2 * Float($0) : 0 }
    #expect(try y.read(on: queue) == expected)
  }

  @Test func `what differs from the last launch reaches the kernel`() throws {
    let kernel = try program(
      "kernel void f(global int *x, int n, float f, local int *unused) { *x += n + (int)f; }"
    ).kernel("f")
    var sums: [Int32] = []
    for (n, f) in [(1, 2), (1, 2), (3, 2), (3, 5), (1, 2)] {
      // A new buffer may have the handle of the one that has just gone.
      let x = try Buffer<Int32>([Int32(100 * sums.count)], on: queue, label: "x")
      for size in [4, 4, 8] {
        try kernel.launch(
          on: queue, global: [1], local: [1],
          ["x": x, "n": n, "f": Float(f), "unused": LocalMemory(Int32.self, count: size)])
      }
      sums += try x.read(on: queue)
    }
    #expect(sums == [9, 109, 215, 324, 409])
  }

  @Test func `a launch that was refused leaves the next one right`() throws {
    let kernel = try program("kernel void f(global int *x, int n) { *x = n; }").kernel("f")
    let x = try Buffer<Int32>(zeros: 1, on: queue, label: "x")
    try kernel.launch(on: queue, global: [1], ["x": x, "n": 5])
    #expect(throws: OpenCLError.self) {
      try kernel.launch(on: queue, global: [1], ["x": x, "n": 1 << 31])
    }
    try kernel.launch(on: queue, global: [1], ["x": x, "n": 5])
    #expect(try x.read(on: queue) == [5])
  }

  @Test func `a global size of zero does nothing`() throws {
    let kernel = try program("kernel void f(global int *x) { x[0] = 1; }").kernel("f")
    let x = try Buffer<Int32>(zeros: 1, on: queue, label: "x")
    try kernel.launch(on: queue, global: [0], local: [64], ["x": x])
    try kernel.launch(on: queue, global: [4, 0], ["x": x])
    #expect(try x.read(on: queue) == [0])
  }

  @Test func `vectors may be loaded from the slack`() throws {
    let kernel = try program(
      """
      kernel void f(global const float *x, global float *y, int n) {
        float16 v = vload16(0, x + n);
        for (int i = 1; i < 4; ++i) v += vload16(i, x + n);
        y[0] = v.s0 + v.sf;
      }
      """
    ).kernel("f")
    for count in [0, 1, 3, 17] {
      let x = try Buffer<Float>(zeros: count, on: queue, label: "x")
      let y = try Buffer<Float>([1], on: queue, label: "y")
      try kernel.launch(on: queue, global: [1], local: [1], ["x": x, "y": y, "n": count])
      #expect(try y.read(on: queue) == [0])
    }
  }

  @Test func `a build failure shows the line of the right source`() throws {
    let error = #expect(throws: OpenCLError.self) {
      try Program(
        context,
        sources: [
          Source(name: "good.cl", text: "static int one(void) {\n  return 1;\n}"),
          Source(
            name: "bad.cl", text: "// a comment\nkernel void f(global int *x) {\n  x[0] = won();\n}"
          ),
        ], options: ["-DWIDTH=3"])
    }
    guard case .build(let failure) = error else {
      Issue.record("not a build failure: \(error!)")
      return
    }
    #expect(failure.location == .init(source: "bad.cl", line: 3, text: "  x[0] = won();"))
    #expect(failure.log.contains("won"))
    #expect("\(failure)".contains("at bad.cl:3\n    x[0] = won();\n"))
    #expect("\(failure)".contains("-DWIDTH=3"))
  }

  @Test func `an unknown kernel lists those there are`() throws {
    let program = try program("kernel void f() {}\nkernel void g() {}")
    let error = #expect(throws: OpenCLError.self) { try program.kernel("h") }
    #expect("\(error!)" == "no kernel \"h\" in the program; it has: f, g")
  }

  @Test func `an error names the call the code and the cure`() throws {
    let kernel = try program("kernel void f(global int *x, int n) { x[0] = n; }").kernel("f")
    let x = try Buffer<Int32>(zeros: 1, on: queue, label: "x")
    let wrong: [KernelArguments] = [
      ["x": x], ["x": x, "n": 1, "m": 2], ["n": 1, "x": x], ["x": x, "m": 1],
      ["x": x, "n": Float(1)],
      [
        "x": try Buffer<Float>(zeros: 1, on: queue, label: "f"),
        "n": LocalMemory(Int32.self, count: 1),
      ],
    ]
    for arguments in wrong {
      let error = #expect(throws: OpenCLError.self) {
        try kernel.launch(on: queue, global: [1], arguments)
      }
      #expect("\(error!)".hasPrefix("kernel \"f\" was called with ("))
      #expect("\(error!)".hasSuffix("but its parameters are (int* x, int n)"))
    }
    let large = #expect(throws: OpenCLError.self) {
      try kernel.launch(on: queue, global: [1], ["x": x, "n": 1 << 31])
    }
    #expect("\(large!)".contains("2147483648, which does not fit an int"))
    let local = #expect(throws: OpenCLError.self) {
      try kernel.launch(on: queue, global: [1], local: [1 << 20], ["x": x, "n": 1])
    }
    #expect("\(local!)".contains("the local size is over what this device allows"))
  }

  @Test func `a profiling queue keeps its commands`() throws {
    let profiled = try Queue(context, profiling: true)
    let kernel = try program("kernel void f(global int *x) { x[get_global_id(0)] += 1; }")
      .kernel("f")
    let x = try Buffer<Int32>(zeros: 64, on: profiled, label: "x")
    for step in 0..<2 {
      profiled.begin(section: "step \(step)")
      try kernel.launch(on: profiled, global: [64], local: [64], ["x": x])
    }
    let commands = try profiled.commands()
    #expect(commands.map(\.name) == ["fill x", "f", "f"])
    #expect(commands.map(\.section) == ["", "step 0", "step 1"])
    #expect(commands.allSatisfy { $0.times.end >= $0.times.start })
    #expect(try profiled.commands().isEmpty)
    #expect(try queue.commands().isEmpty)
    #expect(try x.read(on: profiled) == [Int32](repeating: 2, count: 64))
  }

  @Test func `an event has times only on a profiling queue`() throws {
    let profiled = try Queue(context, profiling: true)
    let memory = HostMemory<Float>(count: 1000)
    let x = try Buffer<Float>(zeros: 1000, on: profiled, label: "x")
    let event = try #require(try x.read(into: memory, on: profiled))
    try event.wait()
    let times = try event.times()
    #expect(times.queued <= times.start && times.start <= times.end)
    #expect(times.duration == times.end - times.start)
    let plain = try #require(try x.read(into: memory, on: queue))
    try plain.wait()
    let error = #expect(throws: OpenCLError.self) { try plain.times() }
    #expect("\(error!)".contains("CL_PROFILING_INFO_NOT_AVAILABLE (-7): create the queue with"))
  }

  @Test func `one queue waits for another`() throws {
    let other = try Queue(context)
    let kernel = try program("kernel void f(global int *x) { x[0] = x[0] * 2 + 1; }").kernel("f")
    let x = try Buffer<Int32>([1], on: queue, label: "x")
    try kernel.launch(on: queue, global: [1], local: [1], ["x": x])
    try other.wait(for: queue.marker())
    try queue.flush()
    try kernel.launch(on: other, global: [1], local: [1], ["x": x])
    #expect(try x.read(on: other) == [7])
  }

  @Test func `the device's Philox is the host's bit for bit`() throws {
    let text = """
      kernel void draw(global uint4 *words, uint a, uint b, uint c, uint d) {
        const uint first = get_global_id(0) * 4;
        const uint4 i = first + (uint4)(0, 1, 2, 3);
        uint4 drawn[4] = {i * 2654435761u, i, a, b};
        philox4(drawn, (uint2)(c, d));
        words[first + 0] = (uint4)(drawn[0].x, drawn[1].x, drawn[2].x, drawn[3].x);
        words[first + 1] = (uint4)(drawn[0].y, drawn[1].y, drawn[2].y, drawn[3].y);
        words[first + 2] = (uint4)(drawn[0].z, drawn[1].z, drawn[2].z, drawn[3].z);
        words[first + 3] = (uint4)(drawn[0].w, drawn[1].w, drawn[2].w, drawn[3].w);
      }
      """
    let kernel = try Program(
      context,
      sources: [
        Source(name: "philox.cl", text: KernelSource("philox").text),
        Source(name: "draw.cl", text: text),
      ]
    ).kernel("draw")
    let high = SIMD2<UInt32>(7, 0xFFFF_FFFF)
    let key = SIMD2<UInt32>(0xDEAD_BEEF, 0x0123_4567)
    let words = try Buffer<SIMD4<UInt32>>(context, count: 1000, label: "words")
    try kernel.launch(
      on: queue, global: [250], local: [1],
      ["words": words, "a": high.x, "b": high.y, "c": key.x, "d": key.y])
    let expected = (0..<1000).map { index in
      let i = UInt32(index)
      return Philox.block(
        counter: SIMD4(i &* 2_654_435_761, i, high.x, high.y), key: key)
    }
    #expect(try words.read(on: queue) == expected)
  }
}
