import Operators

/// The factorization machine (Rendle 2010): `ŷ = σ(w₀ + ⟨w, x⟩ + Σ_{i<j} ⟨V_i, V_j⟩ x_i x_j)`.
public struct FM: Model {
  public static let name = "fm"
  public static let summary = "factorization machine, first-order weights and pairwise products"

  private let configuration: ModelConfiguration

  public init(_ configuration: ModelConfiguration) {
    self.configuration = configuration
  }

  public func logits(in graph: inout Graph) -> Value {
    let embedding = graph.sharedEmbedding(configuration)
    return graph.fm(embedding)
  }
}
