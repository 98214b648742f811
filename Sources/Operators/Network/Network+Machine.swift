/// The operations of a graph that is a factorization machine and nothing else.
struct MachineParts {
  let embedding: Embedding
  let firstOrder: FirstOrder
  let output: Value
}

extension Graph {
  /// The machine that the graph is, of single ids without values; nil where it is anything else.
  func machine(logits: Value) -> MachineParts? {
    guard operations.count == 4, layout.slots == layout.fields, !layout.weighted,
      let embedding = first(Embedding.self), let firstOrder = first(FirstOrder.self),
      let interaction = first(Interaction.self), let sum = first(Sum.self),
      embedding.shape.target == .fields, interaction.embedding == embedding.output,
      sum.inputs.count == 2, Set(sum.inputs) == [firstOrder.output, interaction.output],
      sum.output == logits
    else { return nil }
    return MachineParts(embedding: embedding, firstOrder: firstOrder, output: sum.output)
  }

  private func first<O: Operation>(_ type: O.Type) -> O? {
    operations.lazy.compactMap { $0 as? O }.first
  }
}

extension Network {
  /// Whether the pass under way runs as a machine: each forward pass that no other backward pass
  /// follows.
  var runsMachine: MachineParts? {
    guard let machine else { return nil }
    let updatesBoth =
      updatesAtOnce(machine.embedding.table) && updatesAtOnce(machine.firstOrder.table)
    return !isTraining || updatesBoth ? machine : nil
  }

  func forward(_ machine: MachineParts) throws {
    backend.begin(Section.forward(machine.embedding))
    try backend.machine(
      machine.embedding.shape, input: input, table: self[machine.embedding.table],
      weights: self[machine.firstOrder.table], bias: self[machine.firstOrder.bias],
      sums: self[machine.embedding.output], y: self[machine.output])
  }

  /// The bias's gradient; the tables' are summed up in their update.
  func backward(_ machine: MachineParts) throws {
    backend.begin(Section.backward(machine.firstOrder))
    try backend.lookupGradient(
      machine.firstOrder.shape, input: input, dy: gradient(of: machine.output), region: .touched,
      dtable: nil, dbias: gradient(of: machine.firstOrder.bias))
  }

  func updateTables(of machine: MachineParts, rateFactor: Float) throws {
    let dz = gradient(of: machine.output)
    try backend.updateMachine(
      tableStep(machine.embedding, dy: dz, rateFactor: rateFactor),
      tableStep(machine.firstOrder, dy: dz, rateFactor: rateFactor),
      sums: self[machine.embedding.output], input: input)
  }
}
