import Operators

/// FinalMLP (Mao et al. 2023): two deep networks o₁ and o₂ on the embedding, and a bilinear form of both, head by head:
/// `logit = b + ⟨w₁, o₁⟩ + ⟨w₂, o₂⟩ + Σ_h o₁_hᵀ W_h o₂_h`.
///
/// With ``ModelConfiguration/fieldGate`` each network sees the embedding through a gate of its own,
/// `e ∘ 2σ(V relu(U e))`, which begins around 1.
public struct FinalMLP: EmbeddingModel {
  public static let name = "finalmlp"
  public static let summary = "two deep neural networks and a bilinear form of both"

  public static var defaults: ModelDefaults {
    var defaults = ModelDefaults.deep
    (defaults.sizes.hidden, defaults.sizes.dropout) = ([400], 0.4)
    return defaults
  }

  public let configuration: ModelConfiguration

  public init(_ configuration: ModelConfiguration) {
    self.configuration = configuration
  }

  /// Refuses widths that heads do not divide.
  public static func validate(_ configuration: ModelConfiguration) throws(ModelError) {
    let widths = [configuration.hidden.last, configuration.secondHidden.last].compactMap(\.self)
    guard widths.count == 2 else {
      throw .invalidSize(
        name: configuration.hidden.isEmpty ? "hidden" : "second_hidden", found: "[]",
        expected: "one width at least")
    }
    guard widths.allSatisfy({ $0 % configuration.fusionHeads == 0 }) else {
      throw .invalidSize(
        name: "fusion_heads", found: "\(configuration.fusionHeads)",
        expected:
          "a divisor of \(widths[0]) and \(widths[1]), the last widths of hidden and second_hidden")
    }
  }

  public func logits(of embedding: Value, in graph: inout Graph) -> Value {
    let initializer = configuration.hiddenInitializer.layer
    func stream(_ name: String, _ widths: [Int], _ graph: inout Graph) -> Value {
      var top = embedding
      if configuration.fieldGate {
        let hidden = graph.dense(
          "\(name).gate.0", embedding, outputs: embedding.width, activation: .relu,
          initializer: initializer)
        let gate = graph.dense(
          "\(name).gate.1", hidden, outputs: embedding.width, activation: .sigmoid,
          initializer: initializer)
        top = graph.multiply(embedding, graph.scale(gate, by: 2))
      }
      return graph.hiddenLayers(name, of: top, widths, configuration)
    }
    let first = stream("first", configuration.hidden, &graph)
    let second = stream("second", configuration.secondHidden, &graph)
    return graph.sum([
      graph.dense("first.output", first, outputs: 1, initializer: initializer),
      graph.dense("second.output", second, outputs: 1, bias: false, initializer: initializer),
      graph.bilinear(
        "fusion", first, second, heads: configuration.fusionHeads, initializer: initializer),
    ])
  }
}
