/// What a model is trained with where nobody has tuned it: its sizes, and the numbers of a training
/// that depend on the kind of model.
public struct ModelDefaults: Sendable, Hashable {
  /// The sizes.
  public var sizes: ModelConfiguration
  /// Adam's learning rate.
  public var learningRate: Float
  /// λ of the first-order weights.
  public var wideL2: Float
  /// λ of the embedding.
  public var embeddingL2: Float
  /// Whether it is trained by the self-ensemble loss.
  public var selfEnsemble = false

  /// - Parameters:
  ///   - sizes: the sizes.
  ///   - learningRate: Adam's learning rate.
  ///   - wideL2: λ of the first-order weights.
  ///   - embeddingL2: λ of the embedding.
  public init(
    sizes: ModelConfiguration, learningRate: Float, wideL2: Float, embeddingL2: Float
  ) {
    self.sizes = sizes
    self.learningRate = learningRate
    self.wideL2 = wideL2
    self.embeddingL2 = embeddingL2
  }

  /// For first-order weights alone: between what does best on few rows and on many, since the best L2
  /// falls as rows grow.
  public static let linear = ModelDefaults(
    sizes: tuned, learningRate: 3e-3, wideL2: 5e-6, embeddingL2: 5e-6)

  /// For a factorization machine: a larger learning rate, and hardly any L2.
  public static let factorized = ModelDefaults(
    sizes: tuned, learningRate: 1e-2, wideL2: 1e-5, embeddingL2: 1e-5)

  /// For a model with a deep part: a strong L2 on its tables, batch normalisation, little dropout.
  public static let deep = ModelDefaults(
    sizes: tuned, learningRate: 1e-3, wideL2: 0.05, embeddingL2: 0.05)

  /// For a deep model that starts from trained tables: so much less L2 on them that it does not undo
  /// what they have learned.
  public static let pretrained = ModelDefaults(
    sizes: tuned, learningRate: 1e-3, wideL2: 0.01, embeddingL2: 0.01)

  private static let tuned: ModelConfiguration = {
    var sizes = ModelConfiguration()
    sizes.dropout = 0.2
    sizes.batchNorm = true
    return sizes
  }()
}
