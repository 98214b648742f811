/// A dense layer over the axis of the fields: each field's vector becomes a weighted sum of those of all fields,
/// `y[b,f,j] = Σ_g W[g,f] e[b,g,j] + bias[f]`.
///
/// `de[b,g,j] = Σ_f W[g,f] dy[b,f,j]`, `dW[g,f] = Σ_{b,j} e[b,g,j] dy[b,f,j]`, `dbias[f] = Σ_{b,j} dy[b,f,j]`.
package struct FieldMixing: Operation {
  /// How a sample's field embeddings are laid out.
  package let shape: Interaction.Shape
  /// e, [rows × fields·width].
  package let embedding: Value
  /// W, [fields × fields].
  package let weight: Parameter
  /// bias, [fields].
  package let bias: Parameter
  package let output: Value

  package var label: String { "field mixing \(shape.fields)×\(shape.width)" }
  package var inputs: [Value] { [embedding] }
  package var parameters: [Parameter] { [weight, bias] }

  package func cost(rows: Int) -> (forward: Cost, backward: Cost) {
    let flops = 2 * rows * shape.fields * embedding.width
    let scalars = 2 * rows * embedding.width + weight.count
    return (Cost(flops: flops, scalars: scalars), Cost(flops: 2 * flops, scalars: 2 * scalars))
  }
}

extension Graph {
  /// Adds a dense layer over the axis of the fields.
  ///
  /// - Parameters:
  ///   - name: the parameters' common name.
  ///   - embedding: field embeddings, [rows × fields·k].
  ///   - initializer: how W starts.
  ///   - biasStart: how the bias starts.
  /// - Returns: [rows × fields·k].
  /// - Precondition: the width of `embedding` is a multiple of the number of fields.
  public mutating func fieldMixing(
    _ name: String, _ embedding: Value, initializer: Initializer = .xavierNormal,
    biasStart: Float = 0
  ) -> Value {
    precondition(embedding.width % layout.fields == 0)
    let shape = Interaction.Shape(
      fields: layout.fields, width: embedding.width / layout.fields)
    let weight = makeParameter(
      "\(name).weight", rows: shape.fields, columns: shape.fields, kind: .weight, group: .deep,
      initializer: initializer)
    let bias = makeParameter(
      "\(name).bias", rows: 1, columns: shape.fields, kind: .bias, group: .deep,
      initializer: .constant(biasStart))
    return append(
      FieldMixing(
        shape: shape, embedding: embedding, weight: weight, bias: bias,
        output: makeValue(width: embedding.width)))
  }
}

extension FieldMixing {
  package func forward(_ pass: ReferencePass) {
    let (fields, width) = (shape.fields, shape.width)
    let (e, w, bias, y) = (pass[embedding], pass[weight], pass[bias], pass[output])
    for b in 0..<pass.rows {
      for f in 0..<fields {
        for j in 0..<width {
          y[(b * fields + f) * width + j] = (0..<fields).reduce(bias[f]) {
            $0 + w[$1 * fields + f] * e[(b * fields + $1) * width + j]
          }
        }
      }
    }
  }

  package func backward(_ pass: ReferencePass) {
    let (fields, width) = (shape.fields, shape.width)
    let (e, w, dy) = (pass[embedding], pass[weight], pass.gradient(of: output))
    let (de, dw) = (pass.target(for: embedding), pass.gradient(of: weight))
    let dbias = pass.gradient(of: bias)
    for place in 0..<fields * fields { dw[place] = 0 }
    for f in 0..<fields { dbias[f] = 0 }
    for b in 0..<pass.rows {
      for g in 0..<fields {
        for j in 0..<width {
          let place = (b * fields + g) * width + j
          dbias[g] += dy[place]
          var slope = 0.0
          for f in 0..<fields {
            let d = dy[(b * fields + f) * width + j]
            slope += w[g * fields + f] * d
            dw[g * fields + f] += e[place] * d
          }
          de.put(slope, at: place)
        }
      }
    }
  }
}

extension FieldMixing {
  /// The sums of chunks of rows.
  package func scratch(capacity: Int, on backend: OpenCLBackend) -> Int {
    backend.chunks(capacity) * (shape.fields + 1) * shape.fields
  }

  package func forward(_ pass: DevicePass) throws {
    try mix(
      pass, pass[embedding], transposed: false, bias: pass[bias],
      into: GradientTarget(pass[output]))
  }

  package func backward(_ pass: DevicePass) throws {
    let (fields, dy) = (shape.fields, pass.gradient(of: output))
    let chunks = pass.backend.chunks(pass.rows)
    try pass.runChunks(
      "field_mixing_sums", of: "field_mixing", items: chunks * fields,
      [
        "rows": pass.rows, "fields": fields, "width": shape.width, "e": pass[embedding], "dy": dy,
        "sums": pass.scratch,
      ])
    try pass.run(
      "field_mixing_parameters", of: "field_mixing", items: (fields + 1) * fields,
      [
        "chunks": chunks, "fields": fields, "sums": pass.scratch,
        "dweight": pass.gradient(of: weight), "dbias": pass.gradient(of: bias),
      ])
    try mix(pass, dy, transposed: true, bias: nil, into: pass.target(for: embedding))
  }

  private func mix(
    _ pass: DevicePass, _ x: OpenCLBackend.Buffer, transposed: Bool, bias: OpenCLBackend.Buffer?,
    into y: GradientTarget<OpenCLBackend.Buffer>
  ) throws {
    try pass.run(
      "mix_fields", of: "field_mixing", items: pass.rows * shape.fields,
      [
        "rows": pass.rows, "fields": shape.fields, "width": shape.width, "x": x,
        "weight": pass[weight], "transposed": transposed ? 1 : 0,
        "bias": bias ?? pass.backend.none, "has_bias": bias == nil ? 0 : 1, "y": y.buffer,
        "accumulate": y.accumulates ? 1 : 0,
      ])
  }
}

extension FieldMixing {
  public func addNodes(to pass: inout ONNXPass) {
    let (fields, numbers) = (shape.fields, pass.numbers(of: weight))
    let transposed = (0..<fields * fields).map { numbers[$0 % fields * fields + $0 / fields] }
    let w = pass.onnx.constant(
      "\(weight.name).transposed", .init(transposed, shape: [fields, fields]))
    let vectors = pass.matrices(embedding, rows: fields, columns: shape.width)
    let bias = pass.onnx.constant(
      bias.name, .init(pass.numbers(of: bias), shape: [fields, 1]))
    let mixed = pass.onnx.add("Add", [pass.onnx.add("MatMul", [w, vectors]), bias])
    pass[output] = pass.flat(mixed)
  }
}

extension OperatorTable {
  static let fieldMixing = OperatorCases(
    [(1, 1), (1, 16), (2, 8), (7, 10), (7, 40), (39, 10)].map { m, k in
      .graph("field mixing", "\(m)×\(k)", reads: [m * k], fields: m) {
        $0.fieldMixing("mixing", $1[0])
      }
    } + [
      .shared("field mixing", ids: .plain(fields: 3), width: 30) { graph, name, x in
        graph.fieldMixing(name, x)
      }
    ],
    timed: { rows in
      [
        .graph("field mixing", "39×10", reads: [390], fields: 39, rows: [rows]) {
          $0.fieldMixing("mixing", $1[0])
        }
      ]
    })
}
