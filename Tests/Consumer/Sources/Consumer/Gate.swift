import DeepFMKit

/// A gate of an activation's columns, `y[b,j] = g[j] · x[b,j]`: `dx = g ∘ dy`, `dg[j] = Σ_b dy[b,j] · x[b,j]`.
struct Gate: Operation {
  let input: Value
  let gate: Parameter
  let output: Value

  var label: String { "gate \(input.width)" }
  var inputs: [Value] { [input] }
  var parameters: [Parameter] { [gate] }

  func cost(rows: Int) -> (forward: Cost, backward: Cost) {
    let size = rows * input.width
    return (Cost(flops: size, scalars: 2 * size), Cost(flops: 3 * size, scalars: 3 * size))
  }

  // In plain Swift, to be believed.

  func forward(_ pass: ReferencePass) {
    let (x, g, y) = (pass[input], pass[gate], pass[output])
    for place in 0..<pass.rows * input.width { y[place] = g[place % input.width] * x[place] }
  }

  func backward(_ pass: ReferencePass) {
    let (x, g, dy) = (pass[input], pass[gate], pass.gradient(of: output))
    let (dx, dg) = (pass.target(for: input), pass.gradient(of: gate))
    for j in 0..<input.width { dg[j] = 0 }
    for place in 0..<pass.rows * input.width {
      let j = place % input.width
      dx.put(g[j] * dy[place], at: place)
      dg[j] += dy[place] * x[place]
    }
  }

  // On a device, to be held against it.

  func scratch(capacity: Int, on backend: OpenCLBackend) -> Int { 0 }

  func forward(_ pass: DevicePass) throws {
    try pass.run(
      "gate", of: Gate.source, items: pass.rows * input.width, pass.rows, input.width, pass[input],
      pass[gate], pass[output])
  }

  func backward(_ pass: DevicePass) throws {
    let (dy, dx) = (pass.gradient(of: output), pass.target(for: input))
    try pass.run(
      "gate_gradient", of: Gate.source, items: pass.rows * input.width, pass.rows, input.width,
      pass[gate], dy, dx.buffer, dx.accumulates ? 1 : 0)
    try pass.run(
      "gate_parameter", of: Gate.source, items: pass.vectors(input.width), pass.rows, input.width,
      pass[input], dy, pass.gradient(of: gate))
  }

  static let source = KernelSource(
    name: "gate",
    text: """
      #include "vector.cl"

      kernel void gate(int rows, int width, global const float *x, global const float *g, global float *y) {
        const int i = get_global_id(0);
        if (i < rows * width) y[i] = g[i % width] * x[i];
      }

      kernel void gate_gradient(
          int rows, int width, global const float *g, global const float *dy, global float *dx,
          int accumulate) {
        const int i = get_global_id(0);
        if (i >= rows * width) return;
        const float d = g[i % width] * dy[i];
        dx[i] = accumulate ? dx[i] + d : d;
      }

      // One work-item a vector of columns.
      kernel void gate_parameter(
          int rows, int width, global const float *x, global const float *dy, global float *dg) {
        const int j = get_global_id(0) * LANES, n = width - j;
        if (n <= 0) return;
        vec sum = 0.0f;
        for (size_t place = j; place < (size_t)rows * width; place += width) {
          sum = fma(load(x + place, n), load(dy + place, n), sum);
        }
        store(sum, dg + j, n);
      }
      """)
}

extension Graph {
  /// Adds a gate, which starts open.
  mutating func gate(_ name: String, _ input: Value) -> Value {
    let gate = makeParameter(
      name, rows: 1, columns: input.width, kind: .weight, group: .deep, initializer: .constant(1))
    return append(Gate(input: input, gate: gate, output: makeValue(width: input.width)))
  }
}

extension Gate {
  /// Its rows of the operator table.
  static let cases = [1, 7, 33].map { width in
    OperatorCase.graph("gate", "\(width)", reads: [width]) { graph, x in graph.gate("gate", x[0]) }
  }
}
