import Operators

/// The deep part of DeepFM-D: `a⁰ = [e_1 … e_m]`, `aˡ⁺¹ = act(Wˡ aˡ + bˡ)`, and a linear output.
public struct DNN: DeepPart {
  public static let suffix = "d"
  public static let summary = "deep neural network"

  private let configuration: ModelConfiguration

  public init(_ configuration: ModelConfiguration) {
    self.configuration = configuration
  }

  public func logits(of embedding: Value, in graph: inout Graph) -> Value {
    graph.network(of: embedding, configuration)
  }
}
