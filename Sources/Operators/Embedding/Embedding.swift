import Data

/// The shared embedding: one vector of `width` numbers a field, from one table for all features.
package struct Embedding: TableLookup {
  package let shape: Lookup
  package let table: Parameter
  package let output: Value

  package var bias: Parameter? { nil }

  package func reading(_ table: Parameter, by layout: BatchLayout) -> Embedding {
    Embedding(shape: shape.with(layout), table: table, output: output)
  }

  package var label: String { "embedding \(shape.layout.fields)×\(shape.width)" }
}

/// The first-order term `y[b] = w₀ + Σ_s x[b,s] · w[id[b,s]]`: logistic regression's logit.
package struct FirstOrder: TableLookup {
  package let shape: Lookup
  package let table: Parameter
  package let bias: Parameter?
  package let output: Value

  package func reading(_ table: Parameter, by layout: BatchLayout) -> FirstOrder {
    FirstOrder(shape: shape.with(layout), table: table, bias: bias, output: output)
  }

  package var label: String { "first-order" }
}

extension Graph {
  /// Adds the shared embedding: for each field f `e_f = Σ_s x_s · V[id_s]` over its slots s, or where the layout
  /// gives it a target what attention makes of them, see `TargetAttention`. A vector of one number is a weight, of
  /// which the sum is taken in any case.
  ///
  /// - Parameters:
  ///   - name: the table's name.
  ///   - width: k, the length of an embedding vector.
  ///   - initializer: how V starts.
  /// - Returns: [rows × fields·width].
  public mutating func embedding(
    _ name: String, width: Int, initializer: Initializer = .normal(deviation: 0.01)
  ) -> Value {
    let attends = layout.attention != nil && width > 1
    let shape = Lookup(layout: layout, width: width, target: attends ? .slots : .fields)
    let table = makeParameter(
      name, rows: layout.features, columns: width, kind: .table, group: .embedding,
      initializer: initializer)
    let vectors = append(
      Embedding(shape: shape, table: table, output: makeValue(width: shape.outputWidth)))
    return attends ? targetAttention(vectors, named: "\(name).attention") : vectors
  }

  /// Adds the first-order term ⟨w, x⟩ + w₀.
  ///
  /// - Parameters:
  ///   - name: the parameters' common name.
  ///   - initializer: how w starts; w₀ starts at 0.
  /// - Returns: [rows × 1].
  public mutating func firstOrder(
    _ name: String, initializer: Initializer = .constant(0)
  ) -> Value {
    let table = makeParameter(
      "\(name).weight", rows: layout.features, columns: 1, kind: .table, group: .wide,
      initializer: initializer)
    let bias = makeParameter(
      "\(name).bias", rows: 1, columns: 1, kind: .bias, group: .wide, initializer: .constant(0))
    return append(
      FirstOrder(
        shape: Lookup(layout: layout, width: 1, target: .sample), table: table, bias: bias,
        output: makeValue(width: 1)))
  }
}
