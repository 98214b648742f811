import Operators

/// The product-based neural network (Qu et al. 2016), without a path of low order: IPNN with inner
/// products, OPNN with outer products, PNN* with both.
public struct PNN<Products: ProductLayer>: Model {
  public static var name: String { "\(Products.letter)pnn" }
  public static var summary: String { ProductNetwork<Products>.summary }

  private let configuration: ModelConfiguration

  public init(_ configuration: ModelConfiguration) {
    self.configuration = configuration
  }

  public func logits(in graph: inout Graph) -> Value {
    let embedding = graph.fieldEmbedding(configuration)
    return ProductNetwork<Products>(configuration).logits(of: embedding, in: &graph)
  }
}
