import Operators

/// The quadratic neural network QNN-α (Li et al. 2025): layers `x' = x + x ∘ Σ_r h_r`, whose R factors are the parts of
/// one wide hidden layer, `(h_1 … h_R) = act(BN(W x))`. x_0 is the embedding, and the logit `⟨w, x_L⟩ + b`.
///
/// It is trained by the self-ensemble loss, see `self_ensemble`.
public struct QNN: EmbeddingModel {
  public static let name = "qnn"
  public static let summary = "quadratic neural network, trained by the self-ensemble loss"
  public static var defaults: ModelDefaults {
    var defaults = ModelDefaults.deep
    defaults.sizes.dropout = 0.1
    defaults.selfEnsemble = true
    return defaults
  }

  public let configuration: ModelConfiguration

  public init(_ configuration: ModelConfiguration) {
    self.configuration = configuration
  }

  public func logits(of embedding: Value, in graph: inout Graph) -> Value {
    let initializer = configuration.hiddenInitializer.layer
    let (width, factors) = (embedding.width, configuration.quadraticFactors)
    let top = (0..<configuration.quadraticLayers).reduce(embedding) { x, layer in
      let name = "quadratic.\(layer)"
      let product = graph.dense(
        name, x, outputs: factors * width, bias: !configuration.batchNorm,
        initializer: initializer)
      let hidden = graph.epilogue("\(name).norm", product, configuration)
      let factor = graph.fieldSum(hidden, fields: factors)
      return graph.activate(
        .identity, graph.sum([x, graph.multiply(x, factor)]), dropout: configuration.dropout)
    }
    return graph.dense("quadratic.output", top, outputs: 1, initializer: initializer)
  }
}
