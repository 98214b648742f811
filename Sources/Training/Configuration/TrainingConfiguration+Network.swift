import Cluster
import Data
import Models
import Operators
import Support

extension TrainingConfiguration {
  /// The model's graph and its logits, for batches of the given layout.
  /// - Throws: `ModelError` for an unknown model, or one that is to pass twice but has no dropout.
  package func graph(layout: BatchLayout) throws -> (graph: Graph, logits: Value) {
    guard sizes.frozenFields.allSatisfy({ $0 < layout.fieldFeatures?.count ?? 0 }) else {
      throw ModelError.invalidSize(
        name: "frozen_fields", found: sizes.frozenFields.text, expected: "fields of the encoder")
    }
    guard sizes.fieldSizes.isEmpty || sizes.fieldSizes.count == layout.fields else {
      throw ModelError.invalidSize(
        name: "field_sizes", found: sizes.fieldSizes.text,
        expected: "one for each field of the encoder")
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

  /// The network whose batches are cut into ``virtualRanks`` pieces; nil where they are not.
  ///
  /// - Parameters:
  ///   - rows: how many there are to train on.
  ///   - recipe: how parameters are updated.
  ///   - ranks: what trains together.
  /// - Throws: `UserError` for a number of ranks that cannot share the pieces, and as `PieceNetwork` does.
  package func pieceNetwork<B: Backend>(
    layout: BatchLayout, rows: Int, recipe: Recipe, on backend: B, _ ranks: any Communicator
  ) throws -> PieceNetwork<B>? {
    try check(ranks)
    guard let virtualRanks else { return nil }
    let (graph, logits) = try graph(layout: layout)
    return try PieceNetwork(
      graph: graph, logits: logits, backend: backend, capacity: batchSize(forRows: rows),
      recipe: recipe, seed: seed, pieces: virtualRanks, ranks: ranks)
  }

  /// Refuses tables in bfloat16 whose rows decay.
  func checkTablePrecision() throws {
    guard tablePrecision == .bfloat16, rowDecay > 0 else { return }
    throw UserError(
      "table_precision", found: "bfloat16 with row_decay",
      expected: "one of the two: bfloat16 has 8 bits, too few for the number of a row's last step",
      remedy: "leave row_decay out, or choose table_precision: float32")
  }

  /// Has batches cut into pieces where several ranks train together and nobody has chosen how many.
  package mutating func cutBatches(for ranks: any Communicator) {
    if ranks.count > 1, virtualRanks == nil { virtualRanks = max(8, ranks.count) }
  }

  /// Refuses a number of ranks that cannot share the pieces of a batch.
  private func check(_ ranks: any Communicator) throws {
    if ranks.count == 1, virtualRanks == nil { return }
    guard let virtualRanks, ranks.count <= virtualRanks, virtualRanks % ranks.count == 0 else {
      throw UserError(
        "ranks", found: "\(ranks.count)",
        expected:
          "a power of two up to virtual_ranks, which is \(virtualRanks.map { "\($0)" } ?? "not set")",
        remedy: "start another number of ranks, or raise --virtual-ranks")
    }
  }
}
