import OpenCL

/// A graph that is the factorization machine of single ids without values and nothing else, run as a whole:
/// `y[b] = bias + Σ_f w[id[b,f]] + ½ Σ_j [(Σ_f V[id[b,f],j])² − Σ_f V[id[b,f],j]²]`, absent ids left out.
///
/// Its tables are updated from the derivatives dz by its output: with s the sums Σ_f V[id[b,f],:] that the forward
/// pass leaves, `dV[id,:] = Σ_(b,f) dz[b] · (s[b,:] − V[id,:])` and `dw[id] = Σ_(b,f) dz[b]`.
struct FusedFM: Sendable {
  let embedding: Embedding
  let firstOrder: FirstOrder
  let interaction: Interaction
  let sum: Sum
  let bias: Parameter

  /// Nil where the graph is anything else.
  init?(_ graph: Graph, logits: Value) {
    func first<O: Operation>(_ type: O.Type) -> O? {
      graph.operations.lazy.compactMap { $0 as? O }.first
    }
    guard graph.operations.count == 4, graph.layout.slots == graph.layout.fields,
      !graph.layout.weighted,
      let embedding = first(Embedding.self), let firstOrder = first(FirstOrder.self),
      let interaction = first(Interaction.self), let sum = first(Sum.self),
      let bias = firstOrder.bias,
      embedding.shape.target == .fields, interaction.embedding == embedding.output,
      sum.inputs.count == 2, Set(sum.inputs) == [firstOrder.output, interaction.output],
      sum.output == logits
    else { return nil }
    (self.embedding, self.firstOrder) = (embedding, firstOrder)
    (self.interaction, self.sum, self.bias) = (interaction, sum, bias)
  }

  /// k, the length of an embedding vector.
  var width: Int { embedding.shape.width }
  /// From ids to logits.
  var forward: Forward { Forward(machine: self) }
  /// Where the forward pass leaves s, [rows × width].
  private var sums: Operand { .workspace(0, of: sum.output) }

  struct Forward: Step {
    let machine: FusedFM

    var section: String { Section.forward(machine.embedding) }

    func memory(capacity: Int) -> [Reservation] {
      [
        Reservation(.value(machine.sum.output), "logits", .activations, count: capacity),
        Reservation(
          machine.sums, machine.embedding.label, .activations, count: capacity * machine.width),
      ]
    }
    func scratch(capacity: Int, on backend: OpenCLBackend) -> Int { 0 }

    func run(_ pass: ReferencePass) throws {
      let parts = machine.parts(of: pass)
      for operation in machine.operations { try operation.forward(parts) }
    }

    func run(_ pass: DevicePass) throws {
      let (embedding, input) = (machine.embedding, pass.input)
      try pass.run(
        "fm_forward", of: "fm_fused", on: pass[embedding.table], items: input.rows,
        [
          "rows": input.rows, "fields": embedding.shape.layout.fields, "width": machine.width,
          "ids": input.ids, "table": pass[embedding.table],
          "weights": pass[machine.firstOrder.table], "bias": pass[machine.bias],
          "row_sums": pass[machine.sums], "z": pass[machine.sum.output],
        ])
    }
  }

  /// The bias's gradient; the tables' are summed up in their update.
  struct BiasGradient: Step {
    let machine: FusedFM

    var section: String { Section.backward(machine.firstOrder) }
    func memory(capacity: Int) -> [Reservation] { [] }
    func scratch(capacity: Int, on backend: OpenCLBackend) -> Int { backend.chunks(capacity) }

    func run(_ pass: ReferencePass) {
      let dz = pass.gradient(of: machine.sum.output)
      pass.gradient(of: machine.bias)[0] = (0..<pass.rows).reduce(0) { $0 + dz[$1] }
    }

    func run(_ pass: DevicePass) throws {
      try pass.backend.sumColumns(
        pass.gradient(of: machine.sum.output), rows: pass.rows, width: 1,
        into: pass.gradient(of: machine.bias))
    }
  }

  /// The updates of both tables.
  struct Update: Step {
    let machine: FusedFM
    let embedding: EmbeddingUpdate
    let firstOrder: EmbeddingUpdate

    var section: String { embedding.section }

    func memory(capacity: Int) -> [Reservation] {
      let table = embedding.table
      return [
        Reservation(
          .sums(of: table), table.name, .gradients, count: firstRank(capacity) + table.rows),
        .gradientScale,
      ] + embedding.optimizer.states(of: table)
        + firstOrder.optimizer.states(of: firstOrder.table)
    }
    func scratch(capacity: Int, on backend: OpenCLBackend) -> Int { 0 }

    /// Where the places of the ids' sums begin: behind the sums, of which an id has one for each column and one
    /// for its weight, whole vectors of up to 16.
    private func firstRank(_ capacity: Int) -> Int {
      let shape = embedding.shape
      return shape.touchedCount(rows: capacity) / shape.width * ((shape.width + 1 + 15) & ~15)
    }

    func run(_ pass: ReferencePass) throws {
      let parts = machine.parts(of: pass)
      for operation in machine.operations.dropLast() { try operation.forward(parts) }
      machine.sum.backward(parts)
      machine.interaction.backward(parts)
      embedding.run(parts)
      firstOrder.run(parts)
    }

    func run(_ pass: DevicePass) throws {
      let (input, partition, shape) = (pass.input, pass.input.ownedSlots, embedding.shape)
      let owners = try pass.backend.owners(of: input)
      let program = OptimizerProgram([embedding.kernelOptimizer, firstOrder.kernelOptimizer])
      try pass.backend.library.kernel(
        "fm_update", of: "fm_fused_update", for: program, with: pass[embedding.table].entryOptions
      ).launch(
        on: pass.backend.queue, global: [partition.most], local: [1],
        [
          "rows": input.rows, "fields": shape.layout.fields, "width": shape.width,
          "owners": partition.most, "ownership": owners, "ids": input.ids,
          "row_sums": pass[machine.sums], "dz": pass.gradient(of: machine.sum.output),
          "lists": partition.lists, "sums": pass[.sums(of: embedding.table)],
          "first_rank": firstRank(input.capacity), "scale": pass[.gradientScale],
        ]
          + program.arguments(
            of: embedding.table, embedding.kernelOptimizer, embedding.group, l2: embedding.l2, pass)
          + program.arguments(
            of: firstOrder.table, firstOrder.kernelOptimizer, firstOrder.group, l2: firstOrder.l2,
            named: ("linear_rule", "linear", "linear_state"), pass))
    }
  }

  /// What it is made of.
  private var operations: [any Operation] { [embedding, firstOrder, interaction, sum] }

  /// A pass with memory for what is not stored.
  private func parts(of pass: ReferencePass) -> ReferencePass {
    var buffers: [Operand: ReferenceBuffer] = [:]
    for value in [embedding.output, firstOrder.output, interaction.output] {
      buffers[.value(value)] = ReferenceBuffer(count: pass.rows * value.width)
      buffers[.gradient(of: value)] = ReferenceBuffer(count: pass.rows * value.width)
    }
    return pass.adding(buffers)
  }
}
