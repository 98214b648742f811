import DeepFMKit

/// The deep part of DCN-V2 (Wang et al. 2021): `x_{l+1} = x_0 ∘ (W_l x_l + b_l) + x_l`, each layer
/// raising the order of the interactions by one, with a deep network beside it.
struct CrossNetwork: DeepPart {
  static let suffix = "cross"
  static let summary = "cross network"

  private let configuration: ModelConfiguration

  init(_ configuration: ModelConfiguration) {
    self.configuration = configuration
  }

  func logits(of embedding: Value, in graph: inout Graph) -> Value {
    let crossed = (0..<3).reduce(embedding) { x, layer in
      let weighted = graph.dense("cross.\(layer)", x, outputs: embedding.width)
      return graph.sum([graph.multiply(embedding, weighted), x])
    }
    let cross = graph.dense("cross.output", crossed, outputs: 1)
    return graph.sum([cross, graph.network(of: embedding, configuration)])
  }
}
