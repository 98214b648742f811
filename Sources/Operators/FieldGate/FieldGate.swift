import Foundation
import OpenCL

/// A gate a field, the same for all rows, whose gates add up to one: `g = softmax(w / τ)`,
/// `y[b,f,:] = g_f · e[b,f,:]`.
///
/// `de[b,f,:] = g_f · dy[b,f,:]`; with `s_f = Σ_b ⟨dy[b,f,:], e[b,f,:]⟩`, `dw_f = g_f / τ · (s_f − Σ_h g_h s_h)`.
package struct FieldGate: Operation {
  /// How a sample's field embeddings are laid out.
  package let shape: Interaction.Shape
  /// τ: the higher, the closer the gates.
  package let temperature: Float
  /// e, [rows × fields·width].
  package let embedding: Value
  /// w, [fields].
  package let weight: Parameter
  package let output: Value

  package var label: String { "field gate \(shape.fields)×\(shape.width)" }
  package var inputs: [Value] { [embedding] }
  package var parameters: [Parameter] { [weight] }

  /// g, each as often as its field has numbers, and in training the sums s.
  package func workspace(capacity: Int, training: Bool) -> [Int] {
    [embedding.width] + (training ? [shape.fields] : [])
  }

  package func cost(rows: Int) -> (forward: Cost, backward: Cost) {
    let size = rows * embedding.width
    return (Cost(flops: size, scalars: 2 * size), Cost(flops: 3 * size, scalars: 3 * size))
  }
}

extension Graph {
  /// Adds a gate a field; all begin equal.
  ///
  /// - Parameters:
  ///   - name: the parameter's name without `.weight`.
  ///   - embedding: field embeddings, [rows × fields·k].
  ///   - temperature: τ, above 0.
  /// - Returns: [rows × fields·k].
  /// - Precondition: the width of `embedding` is a multiple of the number of fields.
  public mutating func fieldGate(
    _ name: String, _ embedding: Value, temperature: Float = 1
  ) -> Value {
    precondition(embedding.width % layout.fields == 0 && temperature > 0)
    let shape = Interaction.Shape(
      fields: layout.fields, width: embedding.width / layout.fields)
    let weight = makeParameter(
      "\(name).weight", rows: 1, columns: shape.fields, kind: .bias, group: .deep,
      initializer: .constant(1))
    return append(
      FieldGate(
        shape: shape, temperature: temperature, embedding: embedding, weight: weight,
        output: makeValue(width: embedding.width)))
  }
}

extension FieldGate {
  /// g of w.
  private func gates(_ w: [Double]) -> [Double] {
    let exponents = w.map { $0 / Double(temperature) }
    let top = exponents.max() ?? 0
    let powers = exponents.map { exp($0 - top) }
    let sum = powers.reduce(0, +)
    return powers.map { $0 / sum }
  }

  package func forward(_ pass: ReferencePass) {
    let (e, y, size) = (pass[embedding], pass[output], embedding.width)
    let g = gates((0..<shape.fields).map { pass[weight][$0] })
    for place in 0..<pass.rows * size { y[place] = g[place % size / shape.width] * e[place] }
  }

  package func backward(_ pass: ReferencePass) {
    let (e, dy, size) = (pass[embedding], pass.gradient(of: output), embedding.width)
    let (de, dw) = (pass.target(for: embedding), pass.gradient(of: weight))
    let g = gates((0..<shape.fields).map { pass[weight][$0] })
    var sums = [Double](repeating: 0, count: shape.fields)
    for place in 0..<pass.rows * size {
      let f = place % size / shape.width
      sums[f] += dy[place] * e[place]
      de.put(g[f] * dy[place], at: place)
    }
    let mean = zip(g, sums).reduce(0) { $0 + $1.0 * $1.1 }
    for f in 0..<shape.fields { dw[f] = g[f] / Double(temperature) * (sums[f] - mean) }
  }
}

extension FieldGate {
  /// The sums of chunks of rows.
  package func scratch(capacity: Int, on backend: OpenCLBackend) -> Int {
    backend.chunks(capacity) * shape.fields
  }

  package func forward(_ pass: DevicePass) throws {
    if !pass.reusesPrepared {
      try pass.run(
        "field_gates", of: "field_gate", items: shape.fields,
        [
          "fields": shape.fields, "width": shape.width, "temperature": temperature,
          "weight": pass[weight], "gates": pass.workspace(of: self)[0],
        ])
    }
    try pass.scaleColumns(
      of: pass[embedding], by: pass.workspace(of: self)[0], into: GradientTarget(pass[output]),
      width: embedding.width)
  }

  package func backward(_ pass: DevicePass) throws {
    let (dy, chunks) = (pass.gradient(of: output), pass.backend.chunks(pass.rows))
    let kept = pass.workspace(of: self)
    try pass.runChunks(
      "field_gate_sums", of: "field_gate", items: chunks * shape.fields,
      [
        "rows": pass.rows, "fields": shape.fields, "width": shape.width, "e": pass[embedding],
        "dy": dy, "sums": pass.scratch,
      ])
    try pass.backend.sumChunks(chunks, width: shape.fields, into: kept[1])
    try pass.run(
      "field_gate_weight", of: "field_gate", items: shape.fields,
      [
        "fields": shape.fields, "width": shape.width, "temperature": temperature,
        "gates": kept[0], "sums": kept[1], "dweight": pass.gradient(of: weight),
      ])
    try pass.scaleColumns(
      of: dy, by: kept[0], into: pass.target(for: embedding), width: embedding.width)
  }
}

extension FieldGate {
  public func addNodes(to pass: inout ONNXPass) {
    let g = gates(pass.numbers(of: weight).map(Double.init)).map { Float($0) }
    let gates = pass.onnx.constant("\(weight.name).gates", .init(g, shape: [shape.fields, 1]))
    let vectors = pass.matrices(embedding, rows: shape.fields, columns: shape.width)
    pass[output] = pass.flat(pass.onnx.add("Mul", [vectors, gates]))
  }
}

extension OperatorTable {
  static let fieldGate = OperatorCases(
    [(1, 1), (1, 16), (2, 8), (7, 10), (7, 40), (39, 10)].map { m, k in
      .graph("field gate", "\(m)×\(k)", reads: [m * k], fields: m) {
        $0.fieldGate("gate", $1[0], temperature: 2)
      }
    } + [
      .shared("field gate", ids: .plain(fields: 3), width: 30) { graph, name, x in
        graph.fieldGate(name, x)
      }
    ],
    timed: { rows in
      [
        .graph("field gate", "39×10", reads: [390], fields: 39, rows: [rows]) {
          $0.fieldGate("gate", $1[0])
        }
      ]
    })
}
