import Operators

/// Wide & Deep (Cheng et al. 2016) on raw features: `ŷ = σ(y_LR + y_DNN)`, without manual crosses.
public struct LRDNN: Model {
  public static let name = "lr-dnn"
  public static let summary = "Wide & Deep: logistic regression and a \(DNN.summary)"

  private let framework: Framework<LR, DNN>

  public init(_ configuration: ModelConfiguration) {
    framework = Framework(configuration)
  }

  public func logits(in graph: inout Graph) -> Value {
    framework.logits(in: &graph)
  }
}
