import Operators

/// Logistic regression: `ŷ = σ(w₀ + ⟨w, x⟩)`; the wide part of Wide & Deep.
public struct LR: Model, WidePart {
  public static let name = "lr"
  public static let summary = "logistic regression, first-order weights only"
  public static let defaults = ModelDefaults.linear

  public init(_ configuration: ModelConfiguration) {}

  public func logits(in graph: inout Graph) -> Value {
    graph.firstOrder("wide")
  }

  /// The same: it has no use for the embedding.
  public func logits(of embedding: Value, in graph: inout Graph) -> Value {
    logits(in: &graph)
  }
}
