import Operators

/// The deep part of DeepFM-P: a deep network whose first layer has products of the fields as well,
/// `l_1 = act(l_z + l_p + b)` with `l_z = W·z` of the embedding z (Qu et al. 2016).
public struct ProductNetwork<Products: ProductLayer>: DeepPart {
  public static var suffix: String { "\(Products.letter)p" }
  public static var summary: String { "deep neural network with \(Products.summary)" }

  private let configuration: ModelConfiguration

  public init(_ configuration: ModelConfiguration) {
    self.configuration = configuration
  }

  public func logits(of embedding: Value, in graph: inout Graph) -> Value {
    graph.network(of: embedding, configuration) { graph, width in
      Products.signals(of: embedding, width: width, configuration.productForm, in: &graph)
    }
  }
}
