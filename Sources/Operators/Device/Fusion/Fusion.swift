/// Which rewrites of a plan suit a device.
struct Fusion: Sendable {
  /// Whether dense layers on an embedding multiply small fields by id, see ``FieldDense``.
  var multipliesFieldsByID = false
  /// Whether updates of tables sum up their gradients, see ``EmbeddingUpdate``.
  var updatesEmbeddings = false
  /// Whether steps become one that would be launches of their own, see ``Plan/joinSteps()``.
  var joinsSteps = false
  /// The longest embedding vectors of a factorization machine that runs as one, see ``FusedFM``; 0 for none.
  var widestFM = 0
}

extension Plan {
  /// Rewrites the plan.
  mutating func fuse(_ fusion: Fusion) {
    if fusion.multipliesFieldsByID { multiplyFieldsByID() }
    joinHalves()
    fuseEpilogueGradients()
    if fusion.updatesEmbeddings { fuseEmbeddingUpdates() }
    if fusion.joinsSteps { joinSteps() }
    if let machine = FusedFM(graph, logits: logits), machine.width <= fusion.widestFM {
      fuse(machine)
    }
  }

  /// Puts a ``FieldDense`` in the place of dense layers on an embedding, where that pays.
  mutating func multiplyFieldsByID() {
    let (operations, hasCopies) = (graph.operations, hasCopies)
    replaceOperations { operation in
      // Copies of rows have no ids of their own.
      guard let dense = operation as? Dense, dense.output.width > 1, !hasCopies(dense.output),
        let embedding = operations.first(where: { $0.output == dense.input }) as? Embedding
      else { return nil }
      return FieldDense(dense, on: embedding)
    }
  }

  /// Takes the gradient of a dense layer's epilogue in the dense layer that alone reads its output, while that
  /// stores the derivative by it: it needs no pass of its own.
  mutating func fuseEpilogueGradients() {
    var fused: [Value: EpilogueSpec] = [:]
    for operation in graph.operations {
      guard let epilogue = (operation as? Dense ?? (operation as? FieldDense)?.dense)?.epilogue,
        epilogue.activation != .identity || epilogue.dropout > 0
      else { continue }
      let readers = graph.operations.filter { $0.inputs.contains(operation.output) }
      if readers.count == 1, readers[0] is Dense { fused[operation.output] = epilogue }
    }
    func rewritten(_ dense: Dense) -> Dense {
      var dense = dense
      dense.gradientFusedIntoConsumer = fused[dense.output] != nil
      dense.fusedEpilogue = fused[dense.input]
      return dense
    }
    replaceOperations { operation in
      if let dense = operation as? Dense { return rewritten(dense) }
      guard var byID = operation as? FieldDense else { return nil }
      byID.dense = rewritten(byID.dense)
      return byID
    }
  }

  /// Lets the updates of tables sum up their gradients, but where an id's occurrences bound that of its row.
  mutating func fuseEmbeddingUpdates() {
    guard let recipe, !keepsGradients, recipe.rowClip == nil else { return }
    let updates = graph.operations.compactMap { $0 as? any TableLookup }
      .map {
        EmbeddingUpdate($0, recipe, capacity: capacity, rest: stored?.wholeTable(of: $0.table))
      }
    func own(_ parameter: Parameter) -> EmbeddingUpdate? {
      updates.first { $0.table == parameter }
    }
    if graph.parameters.allSatisfy({ $0.kind != .table || own($0) != nil }) {
      backward.removeAll { $0 is FindUniqueIDs }
    }
    update.removeAll { step in
      ((step as? Penalize)?.target.parameter ?? (step as? RestSquares)?.table.window)
        .map { own($0) != nil } ?? false
    }
    let sums = updates.filter(\.isTwoPass).map { EmbeddingSums(update: $0) as any Step }
    let place = update.firstIndex { $0 is ClipNorm || $0 is OptimizerUpdate } ?? update.endIndex
    update.insert(contentsOf: sums, at: place)
    update = update.map { step in
      if var norm = step as? ClipNorm {
        norm.gradients.removeAll { own($0.parameter) != nil }
        norm.rests.removeAll { own($0.table.window) != nil }
        norm.updates = updates
        return norm
      }
      if var rest = step as? RestUpdate, let update = own(rest.table.window) {
        rest.optimizer = update.kernelOptimizer
        return rest
      }
      return (step as? OptimizerUpdate).flatMap { own($0.target.parameter) } ?? step
    }
  }

  /// Runs a factorization machine as one: each forward pass that no other backward pass follows.
  mutating func fuse(_ machine: FusedFM) {
    inference = [machine.forward]
    let updates = update.compactMap { $0 as? EmbeddingUpdate }.filter { !$0.isTwoPass }
    guard let embedding = updates.first(where: { $0.table == machine.embedding.table }),
      let firstOrder = updates.first(where: { $0.table == machine.firstOrder.table })
    else { return }
    forward = inference
    backward = [FusedFM.BiasGradient(machine: machine)]
    update = update.compactMap { step in
      switch (step as? EmbeddingUpdate)?.table {
      case embedding.table:
        FusedFM.Update(machine: machine, embedding: embedding, firstOrder: firstOrder)
      case firstOrder.table: nil
      default: step
      }
    }
  }
}

extension OpenCLBackend {
  public func fuse(_ plan: inout Plan) {
    let owns = library.tuning.owners > 0
    plan.fuse(
      Fusion(
        // On CPUs, where products are our own and of floats. Elsewhere a product is cheap beside many launches.
        multipliesFieldsByID: library.tuning.tiles == nil && !products.usesCLBlast
          && products.parts == nil,
        updatesEmbeddings: owns,
        joinsSteps: library.tuning.sharesLocalMemory && !owns,
        // A sum with that by the weight fits into four vectors.
        widestFM: owns ? 4 * library.tuning.lanes - 1 : 0))
  }
}
