import Features
import Models
import Operators
import Support

/// A trained model with all it takes to use it: encoder, configuration and numbers.
///
/// It is independent of any backend; `ClickModel` puts it on one. ``write(to:includingOptimizer:)``
/// and ``init(contentsOf:includingOptimizer:)`` keep it in a file.
public struct TrainedModel: Sendable, Equatable, CustomStringConvertible {
  /// One parameter with its numbers.
  package struct Tensor: Sendable, Equatable {
    /// The parameter's name, for instance `deep.0.weight`.
    package let name: String
    /// The number of rows; for a table that of features.
    package let rows: Int
    /// The number of columns.
    package let columns: Int
    /// The numbers, [rows × columns].
    package let values: [Float]
    /// The optimizer's numbers, each [rows × columns], or [rows] where it keeps one a row; empty
    /// where there are none.
    package var states: [[Float]]

    package init(
      name: String, rows: Int, columns: Int, values: [Float], states: [[Float]] = []
    ) {
      (self.name, self.rows, self.columns) = (name, rows, columns)
      (self.values, self.states) = (values, states)
    }

    /// How many of the states have one number a row.
    var rowStates: Int { columns == 1 ? 0 : states.count { $0.count == rows } }
  }

  /// Turns logs into the model's input.
  public let encoder: FeatureEncoder
  /// How it was trained, with what was chosen automatically.
  public let configuration: TrainingConfiguration
  /// The number of training steps behind these numbers.
  public let step: Int
  /// The epoch these numbers are of; nil where none was validated.
  public let bestEpoch: Int?
  /// All epochs of the run.
  public let history: [EpochRecord]
  /// The training before these epochs, of the model that this one started from; nil for none.
  public let pretraining: Pretraining?
  /// The parameters, in the order of the model's graph.
  package internal(set) var tensors: [Tensor]
  /// What the odds of the network's probabilities are multiplied by, found on the validation rows; nil where nothing
  /// was looked for or found.
  public internal(set) var recalibration: Float?

  /// What the odds of the network's probabilities are multiplied by: what validation rows asked for, otherwise what
  /// makes up for rows without click that training left out.
  package var oddsFactor: Float { recalibration ?? configuration.negativeRate }

  /// A model that was trained elsewhere.
  ///
  /// - Parameter tensors: the parameters, in the order of the model's graph.
  package init(
    encoder: FeatureEncoder, configuration: TrainingConfiguration, tensors: [Tensor]
  ) {
    self.init(
      encoder: encoder, configuration: configuration, step: 0, bestEpoch: nil, history: [],
      pretraining: nil, tensors: tensors)
  }

  /// The validation metrics of the epoch these numbers are of.
  public var validation: Evaluation? {
    bestEpoch.flatMap { best in history.first { $0.epoch == best }?.validation }
  }

  /// What it is, in one line.
  public var description: String {
    "\(configuration.model), \(encoder.layout.fields) fields, \(encoder.layout.features) features, "
      + (bestEpoch.map { "epoch \($0)" } ?? "step \(step)")
  }

  init(
    encoder: FeatureEncoder, configuration: TrainingConfiguration, step: Int, bestEpoch: Int?,
    history: [EpochRecord], pretraining: Pretraining?, tensors: [Tensor]
  ) {
    (self.encoder, self.configuration, self.step) = (encoder, configuration, step)
    (self.bestEpoch, self.history, self.pretraining) = (bestEpoch, history, pretraining)
    self.tensors = tensors
  }

  /// The same model without the optimizer's numbers, which nothing but more training needs.
  package var withoutOptimizer: TrainedModel {
    var model = self
    for index in tensors.indices { model.tensors[index].states = [] }
    return model
  }

  /// The model's graph and its logits.
  package func build() throws -> (graph: Graph, logits: Value) {
    try configuration.graph(layout: encoder.layout)
  }

  /// The numbers as a network takes them.
  func snapshot<Scalar: BinaryFloatingPoint & Sendable>() -> Snapshot<Scalar> {
    var snapshot = Snapshot<Scalar>(step: step, parameters: [:], states: [:])
    for tensor in tensors {
      snapshot.parameters[tensor.name] = tensor.values.converted()
      snapshot.states[tensor.name] = tensor.states.map { $0.converted() }
    }
    return snapshot
  }

  /// The numbers of a network.
  static func tensors<Scalar>(of snapshot: Snapshot<Scalar>, _ graph: Graph) -> [Tensor]
  where Scalar: BinaryFloatingPoint {
    graph.parameters.filter(\.isSaved).map { parameter in
      Tensor(
        name: parameter.name, rows: parameter.rows, columns: parameter.columns,
        values: (snapshot.parameters[parameter.name] ?? []).converted(),
        states: (snapshot.states[parameter.name] ?? []).map { $0.converted() })
    }
  }
}
