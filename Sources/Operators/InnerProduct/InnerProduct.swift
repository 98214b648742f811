/// The inner product layer of PNN (Qu et al. 2016) in its factorised form: with one vector θⁿ over
/// the fields for each output, `l_n = ‖Σ_f θⁿ_f · e_f‖²`, which is Σ_{f,g} θⁿ_f θⁿ_g ⟨e_f, e_g⟩ in
/// O(outputs · fields · width) instead of O(outputs · fields²): `y[b,n] = Σ_j (Σ_f θ[f,n] · e[b,f,j])²`.
///
/// With `ds[b,j,n] = 2 · dy[b,n] · Σ_f θ[f,n] · e[b,f,j]`: `de[b,f,j] = Σ_n θ[f,n] · ds[b,j,n]`,
/// `dθ[f,n] = Σ_b Σ_j e[b,f,j] · ds[b,j,n]`.
package struct InnerProduct: Operation {
  /// The fields' vectors and the outputs.
  package struct Shape: Sendable, Hashable {
    /// The number of fields m.
    package let fields: Int
    /// The length of an embedding vector k.
    package let width: Int
    /// The number of outputs.
    package let outputs: Int

    /// - Parameters:
    ///   - fields: the number of fields m.
    ///   - width: the length of an embedding vector k.
    ///   - outputs: the number of outputs.
    package init(fields: Int, width: Int, outputs: Int) {
      self.fields = fields
      self.width = width
      self.outputs = outputs
    }
  }

  /// e, [rows × fields·width].
  package let embedding: Value
  /// Θ, [fields × outputs].
  package let theta: Parameter
  package let output: Value

  /// The fields' vectors and the outputs.
  package var shape: Shape {
    Shape(
      fields: theta.rows, width: embedding.width / theta.rows, outputs: output.width)
  }
  package var label: String { "inner product \(embedding.width)×\(output.width)" }
  package var inputs: [Value] { [embedding] }
  package var parameters: [Parameter] { [theta] }

  package func cost(rows: Int) -> (forward: Cost, backward: Cost) {
    let flops = 2 * rows * embedding.width * output.width
    let activations = rows * (embedding.width + output.width)
    return (
      Cost(flops: flops, scalars: activations + theta.count),
      Cost(flops: 3 * flops, scalars: activations + rows * embedding.width + 2 * theta.count)
    )
  }
}

extension Graph {
  /// Adds PNN's inner product layer, factorised.
  ///
  /// - Parameters:
  ///   - name: Θ's name.
  ///   - embedding: field embeddings, [rows × fields·k].
  ///   - outputs: the width of the result.
  ///   - initializer: how Θ starts.
  /// - Returns: [rows × outputs].
  /// - Precondition: the width of `embedding` is a multiple of the number of fields.
  public mutating func innerProduct(
    _ name: String, _ embedding: Value, outputs: Int, initializer: Initializer = .xavierNormal
  ) -> Value {
    precondition(embedding.width % layout.fields == 0)
    let theta = makeParameter(
      name, rows: layout.fields, columns: outputs, kind: .weight, group: .deep,
      initializer: initializer)
    return append(
      InnerProduct(embedding: embedding, theta: theta, output: makeValue(width: outputs)))
  }
}
