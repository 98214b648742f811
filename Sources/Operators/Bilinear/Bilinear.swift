import OpenCL

/// A bilinear form of two activations, head by head: both are cut into H heads, and
/// `y[b] = Σ_h a_hᵀ W_h c_h = Σ_h Σ_{i,j} a[b,h·p + i] W[h·p + i,j] c[b,h·q + j]` with p and q the widths of a head.
///
/// `da_h = dy · W_h c_h`, `dc_h = dy · W_hᵀ a_h`, `dW_h = Σ_b dy · a_h c_hᵀ`.
package struct Bilinear: Operation {
  /// a, [rows × H·p].
  package let first: Value
  /// c, [rows × H·q].
  package let second: Value
  /// H.
  package let heads: Int
  /// W_1 … W_H, [H·p × q].
  package let weight: Parameter
  package let output: Value

  package var label: String { "bilinear \(first.width)×\(second.width)/\(heads)" }
  package var inputs: [Value] { [first, second] }
  package var parameters: [Parameter] { [weight] }
  /// p.
  var firstWidth: Int { first.width / heads }
  /// q.
  var secondWidth: Int { second.width / heads }

  package func cost(rows: Int) -> (forward: Cost, backward: Cost) {
    let (flops, scalars) = (2 * rows * weight.count, rows * (first.width + second.width))
    return (
      Cost(flops: flops, scalars: scalars + rows + weight.count),
      Cost(flops: 3 * flops, scalars: 2 * scalars + rows + 2 * weight.count)
    )
  }
}

extension Graph {
  /// Adds a bilinear form of two activations, head by head.
  ///
  /// - Parameters:
  ///   - name: the parameter's name without `.weight`.
  ///   - first: [rows × a multiple of `heads`].
  ///   - second: [rows × a multiple of `heads`].
  ///   - initializer: how the weights start.
  /// - Returns: [rows × 1].
  /// - Precondition: both widths are multiples of `heads`.
  public mutating func bilinear(
    _ name: String, _ first: Value, _ second: Value, heads: Int,
    initializer: Initializer = .xavierNormal
  ) -> Value {
    precondition(first.width % heads == 0 && second.width % heads == 0)
    let weight = makeParameter(
      "\(name).weight", rows: first.width, columns: second.width / heads, kind: .weight,
      group: .deep, initializer: initializer)
    return append(
      Bilinear(
        first: first, second: second, heads: heads, weight: weight, output: makeValue(width: 1)))
  }
}

extension Bilinear {
  package func forward(_ pass: ReferencePass) {
    let y = pass[output]
    for b in 0..<pass.rows { y[b] = 0 }
    forEach(pass) { b, w, a, c in y[b] += pass[first][a] * pass[weight][w] * pass[second][c] }
  }

  package func backward(_ pass: ReferencePass) {
    let (a, c, w, dy) = (pass[first], pass[second], pass[weight], pass.gradient(of: output))
    let dw = pass.gradient(of: weight)
    var da = [Double](repeating: 0, count: pass.rows * first.width)
    var dc = [Double](repeating: 0, count: pass.rows * second.width)
    for place in 0..<weight.count { dw[place] = 0 }
    forEach(pass) { b, place, i, j in
      da[i] += dy[b] * w[place] * c[j]
      dc[j] += dy[b] * w[place] * a[i]
      dw[place] += dy[b] * a[i] * c[j]
    }
    let target = pass.target(for: first)
    for (place, slope) in da.enumerated() { target.put(slope, at: place) }
    let other = pass.target(for: second)
    for (place, slope) in dc.enumerated() { other.put(slope, at: place) }
  }

  /// Calls `body` with a row and the places of W, a and c, for each term of the row's sum.
  private func forEach(_ pass: ReferencePass, _ body: (Int, Int, Int, Int) -> Void) {
    for b in 0..<pass.rows {
      for i in 0..<first.width {
        for j in 0..<secondWidth {
          body(
            b, i * secondWidth + j, b * first.width + i,
            b * second.width + i / firstWidth * secondWidth + j)
        }
      }
    }
  }
}

extension Bilinear {
  /// The sums of chunks of rows.
  package func scratch(capacity: Int, on backend: OpenCLBackend) -> Int {
    backend.chunks(capacity) * weight.count
  }

  package func forward(_ pass: DevicePass) throws {
    try pass.run(
      "bilinear", of: "bilinear", items: pass.rows,
      shape(pass) + [
        "a": pass[first], "c": pass[second], "weight": pass[weight], "y": pass[output],
      ])
  }

  package func backward(_ pass: DevicePass) throws {
    let dy = pass.gradient(of: output)
    let chunks = pass.backend.chunks(pass.rows)
    try pass.runChunks(
      "bilinear_weight_sums", of: "bilinear", items: chunks * first.width,
      shape(pass) + [
        "a": pass[first], "c": pass[second], "dy": dy, "sums": pass.scratch,
      ])
    try pass.backend.sumChunks(chunks, width: weight.count, into: pass.gradient(of: weight))
    let da = pass.target(for: first)
    try pass.run(
      "bilinear_first", of: "bilinear", items: pass.rows * heads * pass.vectors(firstWidth),
      shape(pass) + [
        "c": pass[second], "weight": pass[weight], "dy": dy, "da": da.buffer,
        "accumulate": da.accumulates ? 1 : 0,
      ])
    let dc = pass.target(for: second)
    try pass.run(
      "bilinear_second", of: "bilinear", items: pass.rows * heads,
      shape(pass) + [
        "a": pass[first], "weight": pass[weight], "dy": dy, "dc": dc.buffer,
        "accumulate": dc.accumulates ? 1 : 0,
      ])
  }
}

extension Bilinear {
  private func shape(_ pass: DevicePass) -> KernelArguments {
    ["rows": pass.rows, "heads": heads, "p": firstWidth, "q": secondWidth]
  }
}

extension Bilinear {
  public func addNodes(to pass: inout ONNXPass) {
    let a = pass.matrices(first, rows: heads, columns: firstWidth)
    let c = pass.matrices(second, rows: heads, columns: secondWidth)
    let w = pass.onnx.constant(
      weight.name,
      .init(pass.numbers(of: weight), shape: [heads, firstWidth, secondWidth]))
    // [batch × H × 1 × p] · [H × p × q] = [batch × H × 1 × q].
    let product = pass.onnx.add("MatMul", [pass.onnx.add("Unsqueeze", a, [2]), w])
    let forms = pass.onnx.add("Mul", [product, pass.onnx.add("Unsqueeze", c, [2])])
    pass[output] = pass.onnx.sum(pass.flat(forms), axis: 1, keeps: true)
  }
}

extension OperatorTable {
  static let bilinear = OperatorCases(
    [(1, 1, 1), (7, 3, 1), (8, 6, 2), (33, 99, 3), (40, 20, 5)].map { first, second, heads in
      .graph("bilinear", "\(first)×\(second), \(heads) heads", reads: [first, second]) {
        $0.bilinear("form", $1[0], $1[1], heads: heads)
      }
    } + [
      .graph("bilinear", "of one input", reads: [12]) { graph, x in
        graph.bilinear("form", x[0], x[0], heads: 3)
      }
    ],
    timed: { rows in
      [
        .graph("bilinear", "400×400, 5 heads", reads: [400, 400], rows: [rows]) {
          $0.bilinear("form", $1[0], $1[1], heads: 5)
        }
      ]
    })
}
