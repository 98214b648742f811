import Operators

/// The factorization machine (Rendle 2010): `ŷ = σ(w₀ + ⟨w, x⟩ + Σ_{i<j} ⟨V_i, V_j⟩ x_i x_j)`; the
/// wide part of DeepFM.
public struct FM: Model, WidePart {
  public static let name = "fm"
  public static let summary = "factorization machine, first-order weights and pairwise products"
  public static let defaults = ModelDefaults.factorized

  private let configuration: ModelConfiguration

  public init(_ configuration: ModelConfiguration) {
    self.configuration = configuration
  }

  public func logits(in graph: inout Graph) -> Value {
    let embedding = graph.fieldEmbedding(configuration)
    return logits(of: embedding, in: &graph)
  }

  public func logits(of embedding: Value, in graph: inout Graph) -> Value {
    graph.sum([graph.firstOrder("wide"), graph.interaction(embedding)])
  }
}
