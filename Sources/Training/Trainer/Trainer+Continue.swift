import Features
import Operators

extension Trainer {
  /// Refuses a model that this training cannot go on from.
  ///
  /// - Throws: ``TrainingError/foreignRows`` for rows of another encoder,
  ///   ``TrainingError/otherModel(_:)`` for another kind or size of model.
  static func check(
    _ model: TrainedModel, against graph: Graph, _ configuration: TrainingConfiguration,
    _ data: TrainingData
  ) throws {
    guard model.encoder.layout == data.encoder.layout else { throw TrainingError.foreignRows }
    guard model.configuration.model == configuration.model else {
      throw TrainingError.otherModel("a \(model.configuration.model)")
    }
    let expected = graph.parameters.filter(\.isSaved)
    guard model.tensors.count == expected.count else {
      throw TrainingError.otherModel("one of \(model.tensors.count) parameters")
    }
    for (tensor, parameter) in zip(model.tensors, expected)
    where (tensor.name, tensor.rows, tensor.columns)
      != (parameter.name, parameter.rows, parameter.columns)
    {
      throw TrainingError.otherModel("one with \(tensor.name) [\(tensor.rows) × \(tensor.columns)]")
    }
  }

  /// Takes over the numbers of a model: its parameters, its steps, and the state of each optimizer that
  /// is still the same.
  func resume(_ model: TrainedModel) throws {
    var snapshot: Snapshot<B.Scalar> = model.snapshot()
    let (old, new) = (model.configuration.recipe, network.recipe ?? model.configuration.recipe)
    for parameter in network.graph.parameters {
      let (before, now) = (old[parameter.group], new[parameter.group])
      // FTRL's state holds the weights in units of its rate.
      let isSame =
        before.optimizer.isEqual(to: now.optimizer)
        && (type(of: now.optimizer).followsSchedule || before.rate == now.rate)
      if !isSame { snapshot.states[parameter.name] = nil }
    }
    try network.adopt(snapshot.parameters)
    try network.restore(snapshot)
  }
}
