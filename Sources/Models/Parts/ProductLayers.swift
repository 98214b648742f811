import Operators

/// What the first layer of a product network gets beside its product with the embedding.
public protocol ProductLayer: Sendable {
  /// What comes before `pnn` in the name of the network by itself: `i`, `o`, or nothing for both.
  static var letter: String { get }
  /// What is multiplied, in a few words.
  static var summary: String { get }

  /// Builds the layer's signals.
  ///
  /// - Parameters:
  ///   - embedding: the field embeddings, [rows × fields·k].
  ///   - width: the width D of the first hidden layer.
  ///   - form: how they are computed.
  /// - Returns: what is added to the first layer, each [rows × D].
  static func signals(
    of embedding: Value, width: Int, _ form: ProductForm, in graph: inout Graph
  ) -> [Value]
}

/// Inner products of field vectors: `l_n = ‖Σ_f θⁿ_f e_f‖²`, or `l = W · (⟨e_f, e_g⟩)_{f<g}`.
public enum InnerProducts: ProductLayer {
  public static let letter = "i"
  public static let summary = "inner products"

  public static func signals(
    of embedding: Value, width: Int, _ form: ProductForm, in graph: inout Graph
  ) -> [Value] {
    switch form {
    case .factorised: [graph.innerProduct("deep.inner", embedding, outputs: width)]
    case .pairwise: graph.weightedPairs(.inner, "deep.inner", of: embedding, width: width)
    }
  }
}

/// Outer products of field vectors: `l = W · f_Σ f_Σᵀ` with `f_Σ = Σ_f e_f`, or
/// `l = W · (e_f e_gᵀ)_{f<g}`.
public enum OuterProducts: ProductLayer {
  public static let letter = "o"
  public static let summary = "outer products"

  public static func signals(
    of embedding: Value, width: Int, _ form: ProductForm, in graph: inout Graph
  ) -> [Value] {
    switch form {
    case .factorised:
      let products = graph.outerProduct(graph.fieldSum(embedding))
      return [graph.dense("deep.outer", products, outputs: width, bias: false)]
    case .pairwise:
      return graph.weightedPairs(.outer, "deep.outer", of: embedding, width: width)
    }
  }
}

/// Inner and outer products, both: PNN*.
public enum AllProducts: ProductLayer {
  public static let letter = ""
  public static let summary = "inner and outer products"

  public static func signals(
    of embedding: Value, width: Int, _ form: ProductForm, in graph: inout Graph
  ) -> [Value] {
    InnerProducts.signals(of: embedding, width: width, form, in: &graph)
      + OuterProducts.signals(of: embedding, width: width, form, in: &graph)
  }
}

extension Graph {
  /// The weighted products of all pairs of fields; none where there is a single field.
  fileprivate mutating func weightedPairs(
    _ kind: PairProducts.Kind, _ name: String, of embedding: Value, width: Int
  ) -> [Value] {
    guard layout.fields > 1 else { return [] }
    return [dense(name, pairProducts(kind, embedding), outputs: width, bias: false)]
  }
}
