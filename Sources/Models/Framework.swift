import Operators

/// The paper's framework: `ŷ = σ(y_wide + y_deep)`, a wide and a deep part that are trained jointly
/// and share one embedding of the raw fields. Either can be replaced.
///
/// `Framework<FM, DNN>` is what DeepFM-D computes, `Framework<LR, DNN>` Wide & Deep.
public struct Framework<Wide: WidePart, Deep: DeepPart>: Sendable {
  private let configuration: ModelConfiguration

  /// The framework with parts of the given sizes.
  public init(_ configuration: ModelConfiguration) {
    self.configuration = configuration
  }

  /// Builds both parts on one embedding; returns the sum of their logits, [rows × 1].
  public func logits(in graph: inout Graph) -> Value {
    let embedding = graph.fieldEmbedding(configuration)
    let wide = Wide(configuration).logits(of: embedding, in: &graph)
    let heads = Deep(configuration).heads(of: embedding, in: &graph)
    let logits = heads.map { graph.sum([wide, $0]) }
    return graph.consensus(logits)
  }
}

/// The wide half of the framework: interactions of low order.
public protocol WidePart: Sendable {
  /// The wide part with the given sizes.
  init(_ configuration: ModelConfiguration)

  /// Builds the wide part.
  ///
  /// - Parameter embedding: the field embeddings, [rows × fields·k].
  /// - Returns: its logits, [rows × 1].
  func logits(of embedding: Value, in graph: inout Graph) -> Value
}

/// The deep half of the framework: interactions of high order.
public protocol DeepPart: Sendable {
  /// What follows `deepfm-` in the name of the model that it makes with an FM.
  static var suffix: String { get }
  /// What it is, in a few words.
  static var summary: String { get }

  /// The deep part with the given sizes.
  init(_ configuration: ModelConfiguration)

  /// Builds the deep part.
  ///
  /// - Parameter embedding: the field embeddings, [rows × fields·k].
  /// - Returns: its logits, [rows × 1].
  func logits(of embedding: Value, in graph: inout Graph) -> Value

  /// Builds the deep part with several outputs that learn from their mean, see `Graph/consensus(_:)`; most have one.
  ///
  /// - Parameter embedding: the field embeddings, [rows × fields·k].
  /// - Returns: the logits of each, [rows × 1].
  func heads(of embedding: Value, in graph: inout Graph) -> [Value]
}

extension DeepPart {
  /// ``logits(of:in:)`` alone.
  public func heads(of embedding: Value, in graph: inout Graph) -> [Value] {
    [logits(of: embedding, in: &graph)]
  }
}
