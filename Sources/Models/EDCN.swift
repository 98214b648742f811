import Operators

/// The enhanced deep and cross network (Chen et al. 2021): a cross and a deep stream of L layers that exchange what they
/// know behind each.
///
/// Both begin as the embedding, regulated. In each layer `c ← c₀ · ⟨w, c⟩ + c`, `d ← drop(act(BN(V d + a)))`, and a bridge
/// `f = c ∘ d`. Between layers f is regulated for each stream: batch norm (in the deep one that behind its product), and
/// a gate a field, `softmax(g/τ)`. The logit is linear in `[c ; d ; f]` of the last layer.
public struct EDCN: EmbeddingModel {
  public static let name = "edcn"
  public static let summary =
    "cross network and deep neural network that exchange behind each layer"
  public static var defaults: ModelDefaults {
    var defaults = ModelDefaults.deep
    defaults.sizes.dropout = 0.3
    return defaults
  }

  public let configuration: ModelConfiguration

  public init(_ configuration: ModelConfiguration) {
    self.configuration = configuration
  }

  public func logits(of embedding: Value, in graph: inout Graph) -> Value {
    let initializer = configuration.hiddenInitializer.layer
    func regulated(
      _ name: String, _ x: Value, normalized: Bool, _ graph: inout Graph
    ) -> Value {
      // Batch norm behind the gate would undo it.
      let scaled = normalized ? graph.normalization("\(name).norm", x) : x
      return graph.fieldGate(
        "\(name).gate", scaled, temperature: configuration.gateTemperature)
    }
    var bridge = embedding
    var (start, cross, deep) = (embedding, embedding, embedding)
    for layer in 0..<configuration.crossLayers {
      cross = regulated(
        "cross.\(layer).in", bridge, normalized: configuration.batchNorm, &graph)
      // The layer's own norm, behind its product, does what one in front would: a shift there had no gradient.
      deep = regulated("deep.\(layer).in", bridge, normalized: false, &graph)
      if layer == 0 { start = cross }
      let weight = graph.dense(
        "cross.\(layer)", cross, outputs: 1, bias: false, initializer: initializer)
      cross = graph.sum([graph.rowScale(start, by: weight), cross])
      deep = graph.hiddenLayers("deep.\(layer)", of: deep, [embedding.width], configuration)
      bridge = graph.multiply(cross, deep)
    }
    return graph.dense(
      "output", graph.concatenate([cross, deep, bridge]), outputs: 1, initializer: initializer)
  }
}
