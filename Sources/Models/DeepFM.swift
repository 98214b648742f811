import Operators

/// The paper's model: a factorization machine and a deep part on one shared embedding.
///
/// `DeepFM<DNN>` is DeepFM-D.
public struct DeepFM<Deep: DeepPart>: Model {
  public static var name: String { "deepfm-\(Deep.suffix)" }
  public static var summary: String { "FM and a \(Deep.summary) on one shared embedding" }
  public static var defaults: ModelDefaults { (Deep.self as? any Model.Type)?.defaults ?? .deep }

  /// Refuses what the deep part by itself refuses.
  public static func validate(_ configuration: ModelConfiguration) throws(ModelError) {
    try (Deep.self as? any Model.Type)?.validate(configuration)
  }

  private let framework: Framework<FM, Deep>

  public init(_ configuration: ModelConfiguration) {
    framework = Framework(configuration)
  }

  public func logits(in graph: inout Graph) -> Value {
    framework.logits(in: &graph)
  }
}
