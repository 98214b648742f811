import Kernels
import OpenCL
import Testing

@testable import Operators

/// What the operator table sees of memory behind the ends of buffers.
@Suite struct SlackTests {
  /// `y = x`, by a kernel that does something else besides.
  private struct Copy: Operation {
    let input: Value
    let output: Value
    let sin: String

    var label: String { "copy \(input.width)" }
    var inputs: [Value] { [input] }
    var parameters: [Parameter] { [] }
    func cost(rows: Int) -> (forward: Cost, backward: Cost) {
      (Cost(flops: 0, scalars: 2 * rows * input.width), Cost(flops: 0, scalars: 0))
    }
    func scratch(capacity: Int, on backend: OpenCLBackend) -> Int { 0 }

    func forward(_ pass: ReferencePass) {
      for place in 0..<pass.rows * input.width { pass[output][place] = pass[input][place] }
    }
    func backward(_ pass: ReferencePass) {
      let dx = pass.target(for: input)
      for place in 0..<pass.rows * input.width {
        dx.put(pass.gradient(of: output)[place], at: place)
      }
    }

    func forward(_ pass: DevicePass) throws {
      try copy(pass[input], to: pass[output], pass)
    }
    func backward(_ pass: DevicePass) throws {
      try copy(pass.gradient(of: output), to: pass.target(for: input).buffer, pass)
    }
    private func copy(
      _ x: OpenCLBackend.Buffer, to y: OpenCLBackend.Buffer, _ pass: DevicePass
    ) throws {
      let text = """
        kernel void copy(int count, global const float *x, global float *y, global float *scratch) {
          const int i = get_global_id(0);
          if (i < count) y[i] = x[i];
          if (i == count - 1) { \(sin) }
        }
        """
      try pass.run(
        "copy", of: KernelSource(name: "copy \(sin)", text: text), items: pass.rows * input.width,
        ["count": pass.rows * input.width, "x": x, "y": y, "scratch": pass.scratch])
    }
  }

  private func check(_ sin: String) throws -> CheckResult {
    OperatorCase.graph("copy", sin, reads: [5]) { graph, x in
      graph.append(Copy(input: x[0], output: graph.makeValue(width: 5), sin: sin))
    }.check(on: try OpenCLBackend(.select("auto")), rows: 3)
  }

  @Test func `a sound operator passes, also one that reads behind an end`() throws {
    #expect(try check("").failure == nil)
    #expect(
      try check("float unused = x[count + 60]; if (unused == 1.0f) y[0] = 0.0f;").failure == nil)
  }

  @Test(arguments: ["y[count] = 0.0f;", "y[count + 63] = 1.0f;"])
  func `a write behind an end is found`(sin: String) throws {
    #expect(try check(sin).failure?.contains("written past the end of") == true)
  }

  @Test func `a write to scratch memory that nobody asked for is found`() throws {
    #expect(try check("scratch[0] = 1.0f;").failure?.contains("the end of scratch") == true)
  }

  @Test func `a result that depends on what is behind an end is found`() throws {
    #expect(try check("y[0] += 0.0f * x[count];").failure?.contains("nan") == true)
  }
}
