import Features
import Foundation
import Operators

/// Settings and outcomes that can hardly be meant: each in one line with what to do.
extension Trainer {
  /// What of the settings cannot work out, known before the first step.
  ///
  /// Batch normalisation takes each unit's mean over the batch away: of one row nothing is left, of two
  /// no more than a sign.
  var doubtsAboutSettings: [String] { doubtsAboutBatches + doubtsAboutDecay + doubtsAboutSizes }

  /// Sizes are those of vectors, which not all models have.
  private var doubtsAboutSizes: [String] {
    guard !configuration.sizes.fieldSizes.isEmpty, noteOfSizes == nil else { return [] }
    return ["\(configuration.model) has no vectors: embedding_sizes does nothing"]
  }

  /// Rows of a table decay only by optimizers that go on from the weights as they are.
  private var doubtsAboutDecay: [String] {
    guard configuration.rowDecay > 0, let recipe = network.recipe else { return [] }
    let without = network.graph.parameters.filter {
      $0.kind == .table && recipe[$0.group].optimizer.decayingRows(1) == nil
        && type(of: recipe[$0.group].optimizer).rowSource == nil
    }
    return without.map {
      "row_decay does nothing for \($0.name): \(type(of: recipe[$0.group].optimizer).title) has no such decay"
    }
  }

  private var doubtsAboutBatches: [String] {
    let rows = min(configuration.batchSize ?? 0, training.rows)
    guard rows <= 2, network.graph.operations.contains(where: { $0 is Normalization }) else {
      return []
    }
    let left =
      rows == 1
      ? "of a single row nothing is left" : "of two rows nothing is left but which is larger"
    return [
      "batch norm with batches of \(rows == 1 ? "one row" : "two rows"): \(left), so that hidden layers "
        + "see next to nothing of the input; take a larger --batch-size, or --batch-norm false"
    ]
  }

  /// What is to be said of a model that predicts worse than the click rate alone would; nil for a better
  /// one.
  func doubt(about model: TrainedModel) -> String? {
    let (rows, loss, base): (String, Double, Double)
    if let validation = model.validation {
      guard let entropy = validation.normalizedEntropy, entropy > 0 else { return nil }
      (rows, loss) = ("validation", validation.logLoss)
      base = loss / entropy
    } else {
      let share = Double(training.clicks) / Double(training.rows)
      guard let last = history.last, !training.hasWeights, share > 0, share < 1 else { return nil }
      (rows, loss) = ("training", last.trainingLoss)
      base = -share * log(share) - (1 - share) * log1p(-share)
    }
    guard loss > Self.hopeless * base else { return nil }
    return "LogLoss \(loss.inBrief) of the \(rows) rows is \((loss / base).inBrief) times that of "
      + "predicting the click rate alone (\(base.inBrief)): the model is of no use; lower --learning-rate, "
      + "train for more epochs, and look at what the label means"
  }

  /// How many times the loss of the click rate is too much.
  private static var hopeless: Double { 1.05 }
}
