import Operators

/// The enhanced deep and cross network (Chen et al. 2021): a cross and a deep stream of L layers that exchange what they
/// know behind each.
///
/// Both begin as the embedding, regulated. In each layer `c ← c₀ · ⟨w, c⟩ + c`, `d ← drop(act(V d + a))`, and a bridge
/// `f = c ∘ d`. Between layers f is regulated for each stream. The logit is linear in `[c ; d ; f]` of the last layer.
///
/// Regulated is published as a gate a field, `softmax(g/τ)`, and then batch norm, which takes a factor away again but for
/// what ε is beside the variance: gates of 1/F are an ε of F² times as much. So with batch norm that is all that is left of
/// them here (a gate's own gradient would be less than the rounding of its sum), and without it the gates alone.
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
    let fields = Float(graph.layout.fields)
    let epsilon = Normalization.Shape.epsilon * fields * fields
    func regulated(_ name: String, _ x: Value, _ graph: inout Graph) -> Value {
      configuration.batchNorm
        ? graph.normalization("\(name).norm", x, epsilon: epsilon)
        : graph.fieldGate("\(name).gate", x, temperature: configuration.gateTemperature)
    }
    var plain = configuration
    plain.batchNorm = false
    var bridge = embedding
    var (start, cross, deep) = (embedding, embedding, embedding)
    for layer in 0..<configuration.crossLayers {
      cross = regulated("cross.\(layer).in", bridge, &graph)
      deep = regulated("deep.\(layer).in", bridge, &graph)
      if layer == 0 { start = cross }
      let weight = graph.dense(
        "cross.\(layer)", cross, outputs: 1, bias: false, initializer: initializer)
      cross = graph.sum([graph.rowScale(start, by: weight), cross])
      deep = graph.hiddenLayers("deep.\(layer)", of: deep, [embedding.width], plain)
      bridge = graph.multiply(cross, deep)
    }
    return graph.dense(
      "output", graph.concatenate([cross, deep, bridge]), outputs: 1, initializer: initializer)
  }
}
