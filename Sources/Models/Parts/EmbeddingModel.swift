import Operators

/// A network on an embedding that is a model by itself, and the deep part of one with an FM under the name
/// `deepfm-` and its own.
public protocol EmbeddingModel: Model, DeepPart {
  /// The sizes.
  var configuration: ModelConfiguration { get }
}

extension EmbeddingModel {
  public static var suffix: String { name }

  public func logits(in graph: inout Graph) -> Value {
    let embedding = graph.fieldEmbedding(configuration)
    return logits(of: embedding, in: &graph)
  }
}
