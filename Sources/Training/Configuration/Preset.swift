import Models
import Operators

/// A set of values that settings are changes to.
public enum Preset: String, Sendable, Codable, CaseIterable {
  /// What the size of the log says, and a line of the training says what that was.
  case auto
  /// The same on every log: the model's `ModelDefaults`, tuned on logs of 200,000 to 500,000 rows of ids.
  case tuned
  /// The paper's: dropout 0.5, no batch norm, no L2, Adam; LR by FTRL.
  case paper
  /// Wide & Deep's: the tuned one with FTRL-Proximal for the first-order weights.
  case ftrlWide = "ftrl-wide"
  /// CowClip's for batches of tens of thousands (Zheng et al. 2023): the gradient of each table's row
  /// bounded by its occurrences and its norm, the embedding's rate as it is, the deep part's growing
  /// with the root of the batch and warmed up over an epoch, L2 on the tables growing with the batch.
  case largeBatch = "large-batch"
}

extension TrainingConfiguration {
  /// Takes the values of a preset for the model.
  mutating func apply(_ preset: Preset) {
    self.preset = preset
    switch preset {
    case .auto:
      open = Self.openKeys
      (monitor, returnsToBest) = (.aucThenLogLoss, true)
      (patience, learningRatePatience) = (4, 2)
    case .tuned: break
    case .paper:
      sizes.dropout = 0.5
      sizes.batchNorm = false
      (wide.l2, embedding.l2) = (0, 0)
      selfEnsemble = false
      clipNorm = 0
      learningRate = 1e-3
      if model == LR.name { (optimizer, learningRate) = (OptimizerName(FTRL.self), nil) }
    case .ftrlWide:
      wide.optimizer = OptimizerName(FTRL.self)
      wide.l2 = 0
    case .largeBatch:
      rowClip = 1
      (clipNorm, sizes.dropout, selfEnsemble) = (0, 0, false)
      (batchSize, baseBatchSize) = (16_384, 1024)
      (wide.learningRate, embedding.learningRate, deep.learningRate) = (1e-4, 1e-4, 5e-4)
      (wide.l2, embedding.l2) = (1e-5, 1e-5)
      (warmUpEpochs, warmUpParts) = (1, .deep)
    }
  }
}
