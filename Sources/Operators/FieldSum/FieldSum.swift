/// The sum of a sample's field vectors, `y[b,:] = Σ_f e[b,f,:]`, [rows × width], and `de[b,f,:] = dy[b,:]`.
package struct FieldSum: Operation {
  /// How a sample's field embeddings are laid out.
  package let shape: Interaction.Shape
  /// e, [rows × fields·width].
  package let embedding: Value
  package let output: Value

  package var label: String { "field sum \(shape.fields)×\(shape.width)" }
  package var inputs: [Value] { [embedding] }
  package var parameters: [Parameter] { [] }

  package func cost(rows: Int) -> (forward: Cost, backward: Cost) {
    let scalars = rows * (embedding.width + output.width)
    return (
      Cost(flops: rows * embedding.width, scalars: scalars), Cost(flops: 0, scalars: scalars)
    )
  }
}

extension Graph {
  /// Adds the sum of a sample's field vectors, or of as many others.
  ///
  /// - Parameters:
  ///   - embedding: field embeddings, [rows × fields·k].
  ///   - fields: how many vectors lie side by side; nil for those of the batch's fields.
  /// - Returns: [rows × k].
  /// - Precondition: the width of `embedding` is a multiple of the number of fields.
  public mutating func fieldSum(_ embedding: Value, fields: Int? = nil) -> Value {
    let fields = fields ?? layout.fields
    precondition(embedding.width % fields == 0)
    let shape = Interaction.Shape(fields: fields, width: embedding.width / fields)
    return append(
      FieldSum(shape: shape, embedding: embedding, output: makeValue(width: shape.width)))
  }
}

extension FieldSum {
  package func forward(_ pass: ReferencePass) {
    let (e, y, size) = (pass[embedding], pass[output], shape.fields * shape.width)
    for b in 0..<pass.rows {
      for j in 0..<shape.width {
        y[b * shape.width + j] = stride(from: j, to: size, by: shape.width)
          .reduce(0) { $0 + e[b * size + $1] }
      }
    }
  }

  package func backward(_ pass: ReferencePass) {
    let (dy, de) = (pass.gradient(of: output), pass.target(for: embedding))
    let size = shape.fields * shape.width
    for b in 0..<pass.rows {
      for place in 0..<size {
        de.put(dy[b * shape.width + place % shape.width], at: b * size + place)
      }
    }
  }
}

extension FieldSum {
  package func scratch(capacity: Int, on backend: OpenCLBackend) -> Int { 0 }

  package func forward(_ pass: DevicePass) throws {
    try pass.run(
      "field_sum", of: "field_sum", items: pass.rows * pass.vectors(shape.width),
      [
        "rows": pass.rows, "fields": shape.fields, "width": shape.width, "e": pass[embedding],
        "y": pass[output],
      ])
  }

  package func backward(_ pass: DevicePass) throws {
    let de = pass.target(for: embedding)
    try pass.run(
      "field_sum_gradient", of: "field_sum", items: pass.rows * shape.fields,
      [
        "rows": pass.rows, "fields": shape.fields, "width": shape.width,
        "dy": pass.gradient(of: output), "de": de.buffer, "accumulate": de.accumulates ? 1 : 0,
      ])
  }
}

extension FieldSum {
  public func addNodes(to pass: inout ONNXPass) {
    let vectors = pass.matrices(embedding, rows: shape.fields, columns: shape.width)
    pass[output] = pass.onnx.sum(vectors, axis: 1)
  }
}

extension OperatorTable {
  static let fieldSum = OperatorCases(
    [(1, 1), (1, 16), (2, 8), (7, 10), (7, 40), (39, 10)].map { m, k in
      .graph("field sum", "\(m)×\(k)", reads: [m * k], fields: m) { $0.fieldSum($1[0]) }
    } + [
      .shared("field sum", ids: .plain(fields: 3), width: 30) { graph, _, x in graph.fieldSum(x) },
      .graph("field sum", "2 of one field", reads: [66]) { $0.fieldSum($1[0], fields: 2) },
    ],
    timed: { rows in
      [
        .graph("field sum", "39×10", reads: [390], fields: 39, rows: [rows]) {
          $0.fieldSum($1[0])
        }
      ]
    })
}
