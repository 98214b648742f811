import Data
import Operators

/// A click model: how a batch becomes one logit a sample.
///
/// A model is written once, for every backend. Adding one is a file with a type like this, and an
/// entry in ``ModelRegistry/builtIn`` or a call of ``ModelRegistry/register(_:)``; the command, the
/// comparison and the tests pick it up by themselves.
public protocol Model: Sendable {
  /// What the model is called on the command line and in saved files, for instance `deepfm-d`.
  static var name: String { get }
  /// What it is, in half a line.
  static var summary: String { get }
  /// What it is trained with where nobody has tuned it.
  static var defaults: ModelDefaults { get }
  /// The model that is trained first, and whose parameters of equal name and size this one starts
  /// from; nil for none.
  static var pretraining: (any Model.Type)? { get }

  /// The model with the given sizes; a model without a deep part ignores what concerns one.
  init(_ configuration: ModelConfiguration)

  /// Refuses sizes that only this model cannot be built with.
  ///
  /// - Throws: ``ModelError/invalidSize(name:found:expected:)``.
  static func validate(_ configuration: ModelConfiguration) throws(ModelError)

  /// Builds the model.
  ///
  /// - Returns: the logits, [rows × 1]; σ of them are the click probabilities.
  func logits(in graph: inout Graph) -> Value
}

extension Model {
  /// Those of a model with a deep part.
  public static var defaults: ModelDefaults { .deep }
  /// None.
  public static var pretraining: (any Model.Type)? { nil }
  /// Takes all that are in their ranges.
  public static func validate(_ configuration: ModelConfiguration) throws(ModelError) {}

  /// The model's graph for batches of the given layout, and its logits.
  public func build(layout: BatchLayout) -> (graph: Graph, logits: Value) {
    var graph = Graph(layout: layout)
    let logits = logits(in: &graph)
    return (graph, logits)
  }
}
