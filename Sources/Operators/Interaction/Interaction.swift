/// The factorization machine's pairwise term Σ_{f<g} ⟨e_f, e_g⟩ in O(fields·width):
/// `y[b] = ½ Σ_j [(Σ_f e[b,f,j])² − Σ_f e[b,f,j]²]`, and
/// `de[b,f,j] = dy[b] · (Σ_g e[b,g,j] − e[b,f,j])`.
package struct Interaction: Operation {
  /// How a sample's field embeddings are laid out.
  package struct Shape: Sendable, Hashable {
    /// The number of fields m.
    package let fields: Int
    /// The length of an embedding vector k.
    package let width: Int

    /// - Parameters:
    ///   - fields: the number of fields m.
    ///   - width: the length of an embedding vector k.
    package init(fields: Int, width: Int) {
      self.fields = fields
      self.width = width
    }
  }

  /// How a sample's field embeddings are laid out.
  package let shape: Shape
  /// e, [rows × fields·width].
  package let embedding: Value
  package let output: Value

  package var label: String { "interaction \(shape.fields)×\(shape.width)" }
  package var inputs: [Value] { [embedding] }
  package var parameters: [Parameter] { [] }
  package var keepsOutputGradient: Bool { true }

  package func cost(rows: Int) -> (forward: Cost, backward: Cost) {
    let size = rows * embedding.width
    return (
      Cost(flops: 3 * size, scalars: size + rows), Cost(flops: 3 * size, scalars: 2 * size + rows)
    )
  }
}

extension Graph {
  /// Adds the pairwise term of the factorization machine.
  ///
  /// - Parameter embedding: field embeddings, [rows × fields·k].
  /// - Returns: [rows × 1].
  /// - Precondition: the width of `embedding` is a multiple of the number of fields.
  public mutating func interaction(_ embedding: Value) -> Value {
    precondition(embedding.width % layout.fields == 0)
    let shape = Interaction.Shape(
      fields: layout.fields, width: embedding.width / layout.fields)
    return append(
      Interaction(shape: shape, embedding: embedding, output: makeValue(width: 1)))
  }
}

extension Interaction {
  package func forward(_ pass: ReferencePass) {
    let (e, y) = (pass[embedding], pass[output])
    for b in 0..<pass.rows {
      let vectors = e.row(b, width: shape.fields * shape.width)
      y[b] = 0
      for j in 0..<shape.width {
        var (sum, squares) = (0.0, 0.0)
        for f in 0..<shape.fields {
          let component = vectors[f * shape.width + j]
          sum += component
          squares += component * component
        }
        y[b] += (sum * sum - squares) / 2
      }
    }
  }

  package func backward(_ pass: ReferencePass) {
    let (e, dy, de) = (pass[embedding], pass.gradient(of: output), pass.target(for: embedding))
    let size = shape.fields * shape.width
    for b in 0..<pass.rows {
      let vectors = e.row(b, width: size)
      for j in 0..<shape.width {
        let column = stride(from: j, to: size, by: shape.width)
        let sum = column.reduce(0) { $0 + vectors[$1] }
        for place in column { de.put(dy[b] * (sum - vectors[place]), at: b * size + place) }
      }
    }
  }
}

extension Interaction {
  package func scratch(capacity: Int, on backend: OpenCLBackend) -> Int { 0 }

  package func forward(_ pass: DevicePass) throws {
    guard pass.backend.library.tuning.sharesLocalMemory else {
      return try pass.run(
        "interaction", of: "interaction", items: pass.rows,
        [
          "rows": pass.rows, "fields": shape.fields, "width": shape.width, "e": pass[embedding],
          "y": pass[output],
        ])
    }
    let team = pass.backend.team(shape.width / columnsEach)
    try pass.run(
      "interaction", of: "interaction_gpu", items: pass.rows * team,
      [
        "rows": pass.rows, "fields": shape.fields, "width": shape.width, "team": team,
        "e": pass[embedding], "y": pass[output],
      ])
  }

  package func backward(_ pass: DevicePass) throws {
    let de = pass.target(for: embedding)
    let isShared = pass.backend.library.tuning.sharesLocalMemory
    try pass.run(
      "interaction_gradient", of: isShared ? "interaction_gpu" : "interaction",
      items: isShared ? pass.rows * shape.width / columnsEach : pass.rows,
      [
        "rows": pass.rows, "fields": shape.fields, "width": shape.width, "e": pass[embedding],
        "dy": pass.gradient(of: output), "de": de.buffer, "accumulate": de.accumulates ? 1 : 0,
      ])
  }

  /// The columns of a work-item in `interaction_gpu.cl`.
  private var columnsEach: Int { shape.width % 2 == 0 ? 2 : 1 }
}

extension Interaction {
  public func addNodes(to pass: inout ONNXPass) {
    let vectors = pass.matrices(embedding, rows: shape.fields, columns: shape.width)
    let sum = pass.onnx.sum(vectors, axis: 1)
    let squares = pass.onnx.sum(pass.onnx.add("Mul", [vectors, vectors]), axis: 1)
    let products = pass.onnx.add("Sub", [pass.onnx.add("Mul", [sum, sum]), squares])
    let half = pass.onnx.constant("half", .init([0.5 as Float], shape: [1]))
    pass[output] = pass.onnx.add("Mul", [pass.onnx.sum(products, axis: 1, keeps: true), half])
  }
}
