import Operators

/// Logistic regression: `ŷ = σ(w₀ + ⟨w, x⟩)`.
public struct LR: Model {
  public static let name = "lr"
  public static let summary = "logistic regression, first-order weights only"

  public init(_ configuration: ModelConfiguration) {}

  public func logits(in graph: inout Graph) -> Value {
    graph.firstOrder("wide")
  }
}
