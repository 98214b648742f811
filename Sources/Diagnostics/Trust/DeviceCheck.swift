import Data
import Operators
import Support
import Training

/// What is asked of a device before a model may train or predict on it: the model's own operators, as its
/// network launches them, on random rows, held against the reference.
///
/// Shapes are those of the model; rows, and the features of fields that have many, are cut to what takes
/// the reference about a second.
package struct DeviceCheck: Codable, Sendable {
  /// Where tables lie that are worked on in windows.
  package enum Tables: String, Codable, Sendable {
    case pieces, host
  }

  /// What the device is wanted for.
  package enum Purpose: String, Codable, Sendable {
    case training, prediction
  }

  /// The device as a user names it.
  package let device: String
  /// How matrices are multiplied.
  package let products: MatrixProducts.Policy
  /// The configuration as YAML.
  package let settings: String
  /// The layout of the rows.
  package let layout: BatchLayout
  package let purpose: Purpose
  /// Nil where each table lies in one buffer.
  package let tables: Tables?

  /// The most features of a field.
  private static let mostFeatures = 2_000

  /// - Parameters:
  ///   - device: as a user names it.
  ///   - products: how matrices are multiplied.
  ///   - configuration: the model and how it is trained.
  ///   - layout: that of the rows.
  ///   - purpose: what the device is wanted for.
  ///   - tables: where tables lie that are worked on in windows.
  package init(
    device: String, products: MatrixProducts.Policy, _ configuration: TrainingConfiguration,
    layout: BatchLayout, for purpose: Purpose, tables: Tables? = nil
  ) {
    (self.device, self.products, self.purpose) = (device, products, purpose)
    self.tables = tables
    settings = Self.plain(configuration).yaml
    self.layout = Self.cut(layout)
  }

  /// The configuration without what no kernel depends on, so that equal work is checked once.
  private static func plain(_ configuration: TrainingConfiguration) -> TrainingConfiguration {
    var plain = configuration
    (plain.seed, plain.epochs, plain.patience, plain.validFraction) = (1, 1, 0, 0.1)
    (plain.negativeRate, plain.warmUpEpochs, plain.pretrainingEpochs) = (1, 0, 0)
    (plain.batchSize, plain.baseBatchSize, plain.vectors) = (nil, nil, nil)
    (plain.learningRate, plain.learningRateFloor) = (0.01, 0)
    // A bound that gradients are over and weights of L2 that tell, so that what comes of them shows. A feature
    // is in a few of the batch's rows only: more L2 than this would drown what these rows add to its step.
    if plain.clipNorm > 0 { plain.clipNorm = 0.01 }
    let weights: [(WritableKeyPath<TrainingConfiguration, TrainingConfiguration.Group>, Float)] = [
      (\.wide, 0.002), (\.embedding, 0.0005), (\.deep, 0.05),
    ]
    for (group, l2) in weights where plain[keyPath: group].l2 > 0 {
      plain[keyPath: group].l2 = l2
    }
    return plain
  }

  private static func cut(_ layout: BatchLayout) -> BatchLayout {
    var cut = layout
    guard let ranges = layout.fieldFeatures else {
      cut.features = min(layout.features, mostFeatures)
      return cut
    }
    // Fields may share features: equal ranges stay equal.
    var (next, moved) = (0, [Range<Int>: Range<Int>]())
    cut.fieldFeatures = ranges.map { range in
      if let known = moved[range] { return known }
      let new = next..<next + min(range.count, mostFeatures)
      (moved[range], next) = (new, new.upperBound)
      return new
    }
    cut.features = next
    return cut
  }
}

/// What a check has found.
package struct DeviceVerdict: Codable, Sendable {
  /// What is wrong, in a few words; nil where all is right.
  package let fault: String?
  /// The largest error as a share of what rounding may make.
  package let largestShare: Double
  /// The check's time in seconds.
  package var seconds = 0.0

  package init(fault: String?, largestShare: Double) {
    (self.fault, self.largestShare) = (fault, largestShare)
  }
}
