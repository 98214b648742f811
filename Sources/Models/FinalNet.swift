import Operators

/// FinalNet (Zhu et al. 2023): layers that are products as well, in one block or two.
///
/// A factorised layer of width m halves its product: `(h₁, h₂) = W x + b`, `y = act(BN([h₁ ; h₁ ∘ h₂]))`, so that each
/// layer doubles the order of the interactions at the price of a dense one. With two blocks, of which the first sees
/// the embedding with its fields gated, `ŷ = σ((y₁ + y₂)/2)`, and each is held against ŷ as well, see
/// `Graph/consensus(_:)`.
public struct FinalNet<Blocks: FinalNetBlocks>: EmbeddingModel {
  public static var name: String { Blocks.model }
  public static var summary: String { Blocks.summary }
  public static var defaults: ModelDefaults {
    var defaults = ModelDefaults.deep
    (defaults.sizes.hidden, defaults.sizes.dropout) = ([400, 400], 0.1)
    defaults.sizes.fieldGate = Blocks.count > 1
    return defaults
  }

  public let configuration: ModelConfiguration

  public init(_ configuration: ModelConfiguration) {
    self.configuration = configuration
  }

  public func heads(of embedding: Value, in graph: inout Graph) -> [Value] {
    var gated = embedding
    if configuration.fieldGate {
      // Begins as a gate that is open.
      let gate = graph.fieldMixing("gate", embedding, initializer: .constant(0), biasStart: 1)
      gated = graph.concatenate([embedding, graph.multiply(embedding, gate)])
    }
    let first = graph.block("first", of: gated, configuration.hidden, configuration)
    guard Blocks.count > 1 else { return [first] }
    return [
      first, graph.block("second", of: embedding, configuration.secondHidden, configuration),
    ]
  }

  public func logits(of embedding: Value, in graph: inout Graph) -> Value {
    let heads = heads(of: embedding, in: &graph)
    return graph.consensus(heads)
  }
}

/// How many blocks there are.
public protocol FinalNetBlocks: Sendable {
  /// 1 or 2.
  static var count: Int { get }
  /// The name of the model.
  static var model: String { get }
  /// What that is, in half a line.
  static var summary: String { get }
}

/// FinalNet 1B.
public enum OneBlock: FinalNetBlocks {
  public static let count = 1
  public static let model = "finalnet-1b"
  public static let summary = "factorised layers in one block"
}

/// FinalNet 2B.
public enum TwoBlocks: FinalNetBlocks {
  public static let count = 2
  public static let model = "finalnet"
  public static let summary = "factorised layers in two blocks that learn from their mean"
}

extension Graph {
  /// Factorised layers and a linear output, [rows × 1].
  fileprivate mutating func block(
    _ name: String, of input: Value, _ widths: [Int], _ configuration: ModelConfiguration
  ) -> Value {
    let initializer = configuration.hiddenInitializer.layer
    var top = input
    for (index, width) in widths.enumerated() {
      let layer = "\(name).\(index)"
      let product = dense(layer, top, outputs: width, initializer: initializer)
      top = epilogue("\(layer).norm", withProducts(product), configuration)
    }
    return dense("\(name).output", top, outputs: 1, initializer: initializer)
  }

  /// `[h₁ ; h₁ ∘ h₂]` of the halves of h; of an odd width, h₁ has one more and its last is not multiplied.
  private mutating func withProducts(_ h: Value) -> Value {
    let middle = (h.width + 1) / 2
    guard middle < h.width else { return h }
    let first = slice(h, columns: 0..<middle)
    let second = slice(h, columns: middle..<h.width)
    let factor =
      second.width == middle ? first : slice(first, columns: 0..<second.width)
    return concatenate([first, multiply(factor, second)])
  }
}
