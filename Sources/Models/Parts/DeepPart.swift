import Operators

/// The replaceable half of the framework: from field embeddings to a logit.
public protocol DeepPart: Sendable {
  /// What follows `deepfm-` in the model's name.
  static var letter: String { get }
  /// What it is, in a few words.
  static var summary: String { get }

  /// The deep part with the given sizes.
  init(_ configuration: ModelConfiguration)

  /// Builds the deep part.
  ///
  /// - Parameter embedding: the field embeddings, [rows × fields·k].
  /// - Returns: its logits, [rows × 1].
  func logits(of embedding: Value, in graph: inout Graph) -> Value
}
