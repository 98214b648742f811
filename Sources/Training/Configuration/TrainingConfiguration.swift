import Models
import Operators

/// Everything that decides a training run besides the data: model, sizes, optimizers, schedule.
///
/// Its keys in YAML are those of the command line, see `deepfm train --help`. The defaults are meant to give
/// a good model of a log nobody has tuned for.
public struct TrainingConfiguration: Sendable, Hashable {
  /// What a group of parameters has of its own.
  public struct Group: Sendable, Hashable {
    /// The group's optimizer; nil for the common one.
    public var optimizer: OptimizerName?
    /// The group's learning rate; nil for the common one, or where the group has an optimizer of
    /// its own, for that optimizer's usual rate.
    public var learningRate: Float?
    /// λ in (λ/2)·‖W‖², added to the mean loss of a batch.
    public var l2: Float = 0

    /// The common optimizer and rate, no L2.
    public init() {}
  }

  /// The model's name in `ModelRegistry`.
  public var model = "deepfm-d"
  /// What the other values are changes to.
  public internal(set) var preset = Preset.tuned
  /// The keys whose values the log is to decide.
  var open: Set<String> = []
  /// The model's sizes.
  public var sizes = ModelConfiguration()
  /// Whether a step passes its rows through the network twice, each time with dropout of its own, and holds
  /// both against the mean of their probabilities; prediction stays one pass.
  public var selfEnsemble = false

  /// Vectors that fields start with, or keep; nil for none.
  public var vectors: PretrainedVectors?
  /// How many numbers the vectors of fields have; nil for as many in all.
  public var embeddingSizes: EmbeddingSizes?

  /// The optimizer of all groups that have none of their own.
  public var optimizer = OptimizerName(Adam.self)
  /// The learning rate; nil for the optimizer's usual one.
  public var learningRate: Float?
  /// The first-order weights.
  public var wide = Group()
  /// The embedding.
  public var embedding = Group()
  /// The deep part.
  public var deep = Group()
  /// FTRL's β, on the scale of the gradients' sizes. Ours are those of a batch's mean loss: with the
  /// published 1, meant for a sample's, the rate stays near its start and weights hardly move.
  public var ftrlBeta: Float = 1e-3
  /// FTRL's λ₁.
  public var ftrlL1: Float = 0
  /// FTRL's λ₂.
  public var ftrlL2: Float = 0
  /// Which rows of the tables a step changes, and so what their L2 means.
  public var tables = Recipe.TableUpdate.whole
  /// What the device keeps tables and their optimizers' state in.
  public var tablePrecision = TablePrecision.float32
  /// The bound on the norm of all gradients together; 0 for none.
  public var clipNorm: Float = 10
  /// CowClip's bound on the gradient of a table's row, for each occurrence of its id in the batch, as a
  /// share of the row's norm; 0 for none.
  public var rowClip: Float = 0
  /// The least bound of ``rowClip``, for rows near 0.
  public var rowClipFloor: Float = 1e-5

  /// α of the adaptive decay of table rows: one that has rested for I steps is multiplied by 1 − min(1, α·I) when it
  /// is met again; 0 for none. Tables are then updated by touched rows, whatever ``tables`` says.
  public var rowDecay: Float = 0

  /// Samples a step; nil to choose by the number of rows, see ``batchSize(forRows:)``.
  public var batchSize: Int?
  /// The most epochs.
  public var epochs = 100
  /// The most epochs of the training that a model has before its own, see `Model.pretraining`; 0
  /// for none. Few are better than many: an FM trained to its own best has grown vectors so long that
  /// the network behind it hardly moves them.
  public var pretrainingEpochs = 3
  /// The batch size that the deep part's rate and the tables' L2 are given for; with another one the
  /// rate is multiplied by the root of their ratio, L2 by the ratio. Nil to take them as they are.
  public var baseBatchSize: Int?
  /// The epochs over which the learning rate rises from 0; parts of an epoch count.
  public var warmUpEpochs: Float = 0
  /// The parts of the model whose learning rate is warmed up.
  public var warmUpParts = WarmUpParts.all
  /// The share w of the training rows without click that is kept. Probabilities are corrected by
  /// p / (p + (1 − p)/w), in validation, in evaluation and in prediction.
  public var negativeRate: Float = 1
  /// Whether the odds of all probabilities are multiplied by one factor, so that as many clicks are predicted for the
  /// validation rows as they have; epochs are judged with it, too.
  public var recalibrates = false
  /// How many pieces a batch is cut into, whose sums are added by a fixed binary tree: the result is then the same
  /// for any number of ranks up to it. A power of two; nil for none, which is quicker for one process.
  public var virtualRanks: Int?
  /// How many of the last epochs' weights are averaged into those that are validated and kept, old ones with ever
  /// smaller shares; parts of an epoch count, 0 for the weights as they are. Not for the optimizers' states.
  public var averagingEpochs: Float = 0
  /// Of initial values, dropout, shuffling and the split.
  public var seed: UInt64 = 1
  /// What decides which epoch is the best.
  public var monitor = Monitor.auc
  /// How many epochs in a row may fail to improve; 0 to make all epochs.
  public var patience = 2
  /// How many of them fail before the learning rate is lowered.
  public var learningRatePatience = 1
  /// What the learning rate is multiplied by then.
  public var learningRateDrop: Float = 0.1
  /// The learning rate below which it is not lowered.
  public var learningRateFloor: Float = 1e-6
  /// Whether training goes on from the best epoch's weights when the learning rate is lowered.
  public var returnsToBest = false
  /// The part of the training rows held out where no validation rows are given; 0 for none.
  public var validFraction: Float = 0.1

  /// The defaults for the model of a name, see `ModelDefaults`: as they did well on MovieLens,
  /// Frappe and synthetic logs; or another preset.
  public init(model: String = "deepfm-d", preset: Preset = .tuned) {
    self.model = model
    let defaults = modelDefaults
    sizes = defaults.sizes
    selfEnsemble = defaults.selfEnsemble
    wide.l2 = defaults.wideL2
    embedding.l2 = defaults.embeddingL2
    apply(preset)
  }

  /// The defaults for a model of this library or of the program's own, which is registered.
  ///
  /// - Throws: `ModelError.nameTaken` where another model has its name.
  public init(_ model: any Model.Type) throws {
    try ModelRegistry.register(model)
    self.init(model: model.name)
  }

  private var modelDefaults: ModelDefaults {
    ModelRegistry.type(named: model)?.defaults ?? .deep
  }

  /// How the model that is trained first is trained: as by itself, with this one's embedding, batches
  /// and schedule; nil for none.
  var pretraining: TrainingConfiguration? {
    guard pretrainingEpochs > 0, let type = ModelRegistry.type(named: model)?.pretraining else {
      return nil
    }
    var first = TrainingConfiguration(model: type.name, preset: preset)
    first.sizes.embeddingSize = sizes.embeddingSize
    first.epochs = pretrainingEpochs
    (first.batchSize, first.seed) = (batchSize, seed)
    (first.tables, first.clipNorm, first.negativeRate) = (tables, clipNorm, negativeRate)
    first.tablePrecision = tablePrecision
    (first.rowDecay, first.vectors, first.embeddingSizes) = (rowDecay, vectors, embeddingSizes)
    (first.monitor, first.patience) = (monitor, patience)
    (first.virtualRanks, first.averagingEpochs) = (virtualRanks, averagingEpochs)
    (first.learningRateDrop, first.learningRateFloor) = (learningRateDrop, learningRateFloor)
    (first.learningRatePatience, first.returnsToBest) = (learningRatePatience, returnsToBest)
    return first
  }

  /// The number of samples a step: ``batchSize`` where it is set, otherwise the power of two that
  /// gives at least 32 steps an epoch, from 32 to 4096.
  public func batchSize(forRows rows: Int) -> Int {
    if let batchSize { return batchSize }
    let exponent = Int.bitWidth - 1 - max(rows / 32, 1).leadingZeroBitCount
    return min(max(1 << exponent, 32), 4096)
  }

  /// The learning rate in force before the schedule lowers it.
  public var effectiveLearningRate: Float { learningRate ?? usualRate(of: optimizer) }

  /// An optimizer's usual rate for the model, of first-order weights or of anything else.
  private func usualRate(of optimizer: OptimizerName, isWide: Bool = false) -> Float {
    optimizer.type.usualRate(isWide: isWide) ?? modelDefaults.learningRate
  }

  /// The rate of the first-order weights before the schedule lowers it.
  var wideLearningRate: Float { rate(of: wide, isWide: true) }

  private func rate(of group: Group, isWide: Bool = false) -> Float {
    let own = group.optimizer.map { usualRate(of: $0, isWide: isWide) }
    return group.learningRate ?? own ?? learningRate ?? usualRate(of: optimizer, isWide: isWide)
  }

  /// How a network's parameters are updated.
  package var recipe: Recipe { recipe(stepsPerEpoch: 0) }

  /// How a network's parameters are updated, with the warm-up counted in steps.
  func recipe(stepsPerEpoch: Int) -> Recipe {
    var recipe = Recipe(
      wide: recipe(of: wide, rate: wideLearningRate),
      embedding: recipe(of: embedding, rate: rate(of: embedding)),
      deep: recipe(of: deep, rate: rate(of: deep)),
      tables: rowDecay > 0 ? .touched : tables, tablePrecision: tablePrecision,
      clipNorm: clipNorm > 0 ? clipNorm : nil,
      rowClip: rowClip > 0 ? RowClip(ratio: rowClip, floor: rowClipFloor) : nil,
      selfEnsemble: selfEnsemble)
    if rowDecay > 0 {
      for group in [\Recipe.wide, \Recipe.embedding] {
        let optimizer = recipe[keyPath: group].optimizer
        recipe[keyPath: group].optimizer = optimizer.decayingRows(rowDecay) ?? optimizer
      }
    }
    let ratio = baseBatchSize.map { Float(batchSize ?? $0) / Float($0) } ?? 1
    recipe.deep.rate *= ratio.squareRoot()
    recipe.wide.l2 *= ratio
    recipe.embedding.l2 *= ratio
    let warmUpSteps = Int((warmUpEpochs * Float(stepsPerEpoch)).rounded(.up))
    recipe.deep.warmUpSteps = warmUpSteps
    if warmUpParts == .all {
      (recipe.wide.warmUpSteps, recipe.embedding.warmUpSteps) = (warmUpSteps, warmUpSteps)
    }
    return recipe
  }

  private func recipe(of group: Group, rate: Float) -> Recipe.Group {
    let optimizer = (group.optimizer ?? optimizer).type.init(settings: [
      "ftrl_beta": ftrlBeta, "ftrl_l1": ftrlL1, "ftrl_l2": ftrlL2,
    ])
    return Recipe.Group(optimizer, rate: rate, l2: group.l2)
  }

  /// The schedule of the learning rate.
  var plateau: Plateau {
    Plateau(
      patience: patience, dropPatience: learningRatePatience, drop: learningRateDrop,
      floor: min(learningRateFloor / effectiveLearningRate, 1))
  }
}
