/// Layer normalisation (Ba, Kiros & Hinton 2016): each row by its own mean μ and variance σ²,
/// `y = γ ∘ x̂ + β` with `x̂ = (x − μ) / √(σ² + ε)`, in training as in inference.
///
/// With `g = γ ∘ dy`: `dx = (g − mean(g) − x̂ · mean(g ∘ x̂)) / √(σ² + ε)`, `dγ = Σ_b dy ∘ x̂`, `dβ = Σ_b dy`.
package struct LayerNormalization: Operation {
  /// x, [rows × width].
  package let input: Value
  /// γ, [width].
  package let gamma: Parameter
  /// β, [width].
  package let beta: Parameter
  /// ε.
  package let epsilon: Float
  package let output: Value

  package var label: String { "layer-norm \(input.width)" }
  package var inputs: [Value] { [input] }
  package var parameters: [Parameter] { [gamma, beta] }

  package func cost(rows: Int) -> (forward: Cost, backward: Cost) {
    let size = rows * input.width
    return (Cost(flops: 8 * size, scalars: 2 * size), Cost(flops: 14 * size, scalars: 3 * size))
  }
}

extension Graph {
  /// Adds layer normalisation: [rows × width] to [rows × width].
  ///
  /// - Parameters:
  ///   - name: the parameters' common name.
  ///   - input: x.
  ///   - epsilon: added to the variance.
  public mutating func layerNormalization(
    _ name: String, _ input: Value, epsilon: Float = 1e-5
  ) -> Value {
    func parameter(_ suffix: String, start: Float) -> Parameter {
      makeParameter(
        "\(name).\(suffix)", rows: 1, columns: input.width, kind: .bias, group: .deep,
        initializer: .constant(start))
    }
    return append(
      LayerNormalization(
        input: input, gamma: parameter("gamma", start: 1), beta: parameter("beta", start: 0),
        epsilon: epsilon, output: makeValue(width: input.width)))
  }
}

extension LayerNormalization {
  package func forward(_ pass: ReferencePass) {
    let (gamma, beta) = (pass[gamma], pass[beta])
    for b in 0..<pass.rows {
      let y = pass[output].row(b, width: input.width)
      let (normalized, _) = normalized(pass[input].row(b, width: input.width))
      for j in y.indices { y[j] = gamma[j] * normalized[j] + beta[j] }
    }
  }

  package func backward(_ pass: ReferencePass) {
    let (width, gamma, dx) = (input.width, pass[gamma], pass.target(for: input))
    let (dgamma, dbeta) = (pass.gradient(of: self.gamma), pass.gradient(of: beta))
    for j in 0..<width { (dgamma[j], dbeta[j]) = (0, 0) }
    for b in 0..<pass.rows {
      let dy = pass.gradient(of: output).row(b, width: width)
      let (normalized, inverse) = normalized(pass[input].row(b, width: width))
      let g = dy.indices.map { gamma[$0] * dy[$0] }
      let mean = g.reduce(0, +) / Double(width)
      let slope = zip(g, normalized).reduce(0) { $0 + $1.0 * $1.1 } / Double(width)
      for j in dy.indices {
        dx.put((g[j] - mean - normalized[j] * slope) * inverse, at: b * width + j)
        dgamma[j] += dy[j] * normalized[j]
        dbeta[j] += dy[j]
      }
    }
  }

  /// x̂ of a row, and 1 / √(σ² + ε).
  private func normalized(
    _ x: UnsafeMutableBufferPointer<Double>
  ) -> (values: [Double], inverse: Double) {
    let mean = x.reduce(0, +) / Double(x.count)
    let variance = x.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(x.count)
    let inverse = 1 / (variance + Double(epsilon)).squareRoot()
    return (x.map { ($0 - mean) * inverse }, inverse)
  }
}

extension LayerNormalization {
  /// The sums of chunks of rows.
  package func scratch(capacity: Int, on backend: OpenCLBackend) -> Int {
    backend.chunks(capacity) * 2 * input.width
  }

  package func forward(_ pass: DevicePass) throws {
    try pass.run(
      "layer_norm", of: "layer_normalization", items: pass.rows,
      [
        "rows": pass.rows, "width": input.width, "epsilon": epsilon, "x": pass[input],
        "gamma": pass[gamma], "beta": pass[beta], "y": pass[output],
      ])
  }

  package func backward(_ pass: DevicePass) throws {
    let (rows, width, x, dy) = (pass.rows, input.width, pass[input], pass.gradient(of: output))
    let dx = pass.target(for: input)
    try pass.run(
      "layer_norm_gradient", of: "layer_normalization", items: rows,
      [
        "rows": rows, "width": width, "epsilon": epsilon, "x": x, "gamma": pass[gamma], "dy": dy,
        "dx": dx.buffer, "accumulate": dx.accumulates ? 1 : 0,
      ])
    try pass.runChunks(
      "layer_norm_parameters", of: "layer_normalization", items: pass.backend.chunks(rows),
      ["rows": rows, "width": width, "epsilon": epsilon, "x": x, "dy": dy, "sums": pass.scratch])
    try pass.run(
      "layer_norm_sums", of: "layer_normalization", items: pass.vectors(width),
      [
        "rows": rows, "width": width, "sums": pass.scratch, "dgamma": pass.gradient(of: gamma),
        "dbeta": pass.gradient(of: beta),
      ])
  }
}

extension LayerNormalization {
  public func addNodes(to pass: inout ONNXPass) {
    pass[output] = pass.onnx.add(
      "LayerNormalization", [pass[input], pass.constant(gamma), pass.constant(beta)],
      [("epsilon", .float(epsilon))])
  }
}
