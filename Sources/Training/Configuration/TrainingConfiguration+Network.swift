import Data
import Models
import Operators

extension TrainingConfiguration {
  /// The model's graph and its logits, for batches of the given layout.
  /// - Throws: `ModelError` for an unknown model, or one that is to pass twice but has no dropout.
  package func graph(layout: BatchLayout) throws -> (graph: Graph, logits: Value) {
    guard sizes.frozenFields.allSatisfy({ $0 < layout.fieldFeatures?.count ?? 0 }) else {
      throw ModelError.invalidSize(
        name: "frozen_fields", found: sizes.frozenFields.text, expected: "fields of the encoder")
    }
    let (graph, logits) = try ModelRegistry.model(named: model, sizes).build(layout: layout)
    guard !selfEnsemble || graph.isRandom(logits) else { throw ModelError.nothingRandom(model) }
    return (graph, logits)
  }

  /// A network of the model, not trained yet.
  ///
  /// - Parameters:
  ///   - layout: that of the batches.
  ///   - capacity: the largest batch, in rows.
  ///   - recipe: how its parameters are updated; nil for inference.
  /// - Throws: `ModelError` for an unknown model, `MemoryPlanError` where the network does not fit, or
  ///   the backend's own error.
  package func network<B: Backend>(
    layout: BatchLayout, capacity: Int, recipe: Recipe?, on backend: B
  ) throws -> Network<B> {
    let (graph, logits) = try graph(layout: layout)
    return try Network(
      graph: graph, logits: logits, backend: backend, capacity: capacity, recipe: recipe,
      seed: seed)
  }

  /// The network that trains on so many rows.
  package func trainingNetwork<B: Backend>(
    layout: BatchLayout, rows: Int, on backend: B
  ) throws -> Network<B> {
    try network(
      layout: layout, capacity: batchSize(forRows: rows), recipe: recipe, on: backend)
  }
}
