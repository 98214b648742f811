import Operators

/// What several models are composed of.
extension Graph {
  /// The one embedding of raw fields that a model's parts share, [rows × fields·k].
  mutating func sharedEmbedding(_ configuration: ModelConfiguration) -> Value {
    embedding(
      "embedding", width: configuration.embeddingSize,
      initializer: .normal(deviation: configuration.embeddingDeviation))
  }

  /// The wide part: `y_FM = w₀ + ⟨w, x⟩ + Σ_{f<g} ⟨e_f, e_g⟩`, [rows × 1].
  mutating func fm(_ embedding: Value) -> Value {
    sum([firstOrder("wide"), interaction(embedding)])
  }

  /// The hidden layers `deep.0`, `deep.1`, …: product, batch norm where asked for, activation,
  /// dropout; [rows × the last width].
  mutating func hiddenLayers(of input: Value, _ configuration: ModelConfiguration) -> Value {
    configuration.hidden.enumerated().reduce(input) { below, layer in
      let name = "deep.\(layer.offset)"
      guard configuration.batchNorm else {
        return dense(
          name, below, outputs: layer.element, activation: configuration.activation,
          dropout: configuration.dropout)
      }
      let product = dense(name, below, outputs: layer.element, bias: false)
      return normalization(
        "\(name).norm", product, activation: configuration.activation,
        dropout: configuration.dropout)
    }
  }
}
