import Operators

/// The deep and cross network, `x_{l+1} = x_0 ∘ f_l(x_l) + x_l` with x_0 the embedding: each layer raises the order of
/// the interactions by one, at the price of a dense layer.
///
/// ``DCNV2`` and ``GDCN`` differ in what f is. ``ModelConfiguration/crossForm`` says how a deep network goes with it:
/// beside it (DCN-V2 parallel, GDCN-P), on top of it (stacked, GDCN-S), or not at all.
public struct DCN<Layer: CrossLayer>: EmbeddingModel {
  public static var name: String { Layer.model }
  public static var summary: String { Layer.summary }

  public let configuration: ModelConfiguration

  public init(_ configuration: ModelConfiguration) {
    self.configuration = configuration
  }

  public func logits(of embedding: Value, in graph: inout Graph) -> Value {
    let initializer = configuration.hiddenInitializer.layer
    let crossed = (0..<configuration.crossLayers).reduce(embedding) { x, layer in
      let factor = Layer.factor("cross.\(layer)", of: x, initializer, in: &graph)
      return graph.sum([graph.multiply(embedding, factor), x])
    }
    if configuration.crossForm == .stacked { return graph.network(of: crossed, configuration) }
    let cross = graph.dense("cross.output", crossed, outputs: 1, initializer: initializer)
    guard configuration.crossForm == .parallel else { return cross }
    return graph.sum([cross, graph.network(of: embedding, configuration)])
  }
}

/// DCN-V2 (Wang et al. 2021).
public typealias DCNV2 = DCN<LinearCross>
/// The gated deep and cross network (Wang et al. 2023).
public typealias GDCN = DCN<GatedCross>

/// What the embedding is multiplied with in a cross layer.
public protocol CrossLayer: Sendable {
  /// The name of the model made of such layers.
  static var model: String { get }
  /// What that is, in half a line.
  static var summary: String { get }

  /// Builds f_l.
  ///
  /// - Parameters:
  ///   - name: the parameters' common name.
  ///   - x: x_l, [rows × width].
  ///   - initializer: how weights start.
  /// - Returns: [rows × width].
  static func factor(
    _ name: String, of x: Value, _ initializer: Initializer, in graph: inout Graph
  ) -> Value
}

/// `W x + b`.
public enum LinearCross: CrossLayer {
  public static let model = "dcn-v2"
  public static let summary = "cross network and a \(DNN.summary)"

  public static func factor(
    _ name: String, of x: Value, _ initializer: Initializer, in graph: inout Graph
  ) -> Value {
    graph.dense(name, x, outputs: x.width, initializer: initializer)
  }
}

/// `(W x + b) ∘ σ(G x)`: the gate decides which of an order's interactions go on.
public enum GatedCross: CrossLayer {
  public static let model = "gdcn"
  public static let summary = "gated cross network and a \(DNN.summary)"

  public static func factor(
    _ name: String, of x: Value, _ initializer: Initializer, in graph: inout Graph
  ) -> Value {
    let crossed = LinearCross.factor(name, of: x, initializer, in: &graph)
    let gate = graph.dense(
      "\(name).gate", x, outputs: x.width, bias: false, activation: .sigmoid,
      initializer: initializer)
    return graph.multiply(crossed, gate)
  }
}

/// How a deep network goes with a cross network.
public enum CrossForm: String, Sendable, Codable, CaseIterable {
  /// Not at all: the cross network alone.
  case alone
  /// Both on the embedding, their logits added.
  case parallel
  /// The deep network on what the cross network gives.
  case stacked
}
