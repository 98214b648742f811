import Operators

/// FM and a deep network that are trained jointly, each with an embedding of its own: what DeepFM
/// would be without sharing.
public struct FMDNN: Model {
  public static let name = "fm-dnn"
  public static let summary = "FM and a \(DNN.summary), each on an embedding of its own"

  private let configuration: ModelConfiguration

  public init(_ configuration: ModelConfiguration) {
    self.configuration = configuration
  }

  public func logits(in graph: inout Graph) -> Value {
    let wide = FM(configuration).logits(in: &graph)
    let embedding = graph.fieldEmbedding(configuration, name: "deep.embedding")
    return graph.sum([wide, DNN(configuration).logits(of: embedding, in: &graph)])
  }
}
