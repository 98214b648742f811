import Operators

/// The FM-supported neural network (Zhang, Du & Wang 2016): a deep network over each field's
/// first-order weight and embedding vector, both of which start as a trained factorization
/// machine's: `a⁰ = [w_1, e_1, …, w_m, e_m]`.
///
/// The FM is trained first, as a phase of its own; all parameters are trained thereafter. The first
/// layer's product with a⁰ is the sum of one with the vectors and one with the weights.
public struct FNN: Model {
  public static let name = "fnn"
  public static let summary = "deep neural network on the embedding of a factorization machine"
  public static let pretraining: (any Model.Type)? = FM.self
  public static let defaults = ModelDefaults.pretrained

  private let configuration: ModelConfiguration

  public init(_ configuration: ModelConfiguration) {
    self.configuration = configuration
  }

  public func logits(in graph: inout Graph) -> Value {
    let vectors = graph.fieldEmbedding(configuration)
    // The names of FM's parameters: by them its numbers are taken over.
    let weights = graph.embedding("wide.weight", width: 1, initializer: .constant(0))
    return graph.network(of: vectors, configuration) { graph, width in
      [graph.dense("deep.first-order", weights, outputs: width, bias: false)]
    }
  }
}
