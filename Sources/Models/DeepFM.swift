import Operators

/// The paper's framework: `ŷ = σ(y_FM + y_deep)`, a factorization machine and a deep part that are
/// trained jointly and share one embedding of the raw fields.
///
/// `DeepFM<DNN>` is DeepFM-D.
public struct DeepFM<Deep: DeepPart>: Model {
  public static var name: String { "deepfm-\(Deep.letter)" }
  public static var summary: String { "FM and a \(Deep.summary) on one shared embedding" }

  private let configuration: ModelConfiguration

  public init(_ configuration: ModelConfiguration) {
    self.configuration = configuration
  }

  public func logits(in graph: inout Graph) -> Value {
    let embedding = graph.sharedEmbedding(configuration)
    let deep = Deep(configuration).logits(of: embedding, in: &graph)
    return graph.sum([graph.fm(embedding), deep])
  }
}
