import Kernels
import OpenCL

extension EmbeddingUpdate {
  func run(_ pass: DevicePass) throws {
    guard !isTwoPass else { return try updateSummed(pass) }
    let (input, partition) = (pass.input, pass.input.ownedSlots)
    let owners = try pass.backend.owners(of: input)
    try kernel("update_owned", of: "embedding_update", pass).launch(
      on: pass.backend.queue, global: [partition.most], local: [1],
      [
        "k": arguments(input), "owners": partition.most, "ownership": owners,
        "slot_groups": input.slotFields, "ids": input.ids, "values": input.values,
        "dy": pass.gradient(of: lookup.output), "lists": partition.lists,
        "sums": pass[.sums(of: table)],
      ] + update(pass))
  }

  /// The first pass.
  func sum(_ pass: DevicePass) throws {
    let (input, partition) = (pass.input, pass.input.ownedSlots)
    try prepareSquares(pass)
    let owners = try pass.backend.owners(of: input)
    try kernel("sum_owned", pass).launch(
      on: pass.backend.queue, global: [partition.most], local: [1],
      [
        "k": arguments(input), "owners": partition.most, "ownership": owners,
        "slot_groups": input.slotFields, "ids": input.ids, "values": input.values,
        "dy": pass.gradient(of: lookup.output), "lists": partition.lists,
        "sums": pass[.sums(of: table)], "is_bounded": isBounded ? 1 : 0,
        "whole": isWhole ? 1 : 0, "listed": region == .touched ? 1 : 0, "l2": l2,
        "weight": pass[table],
        "squares": pass.buffer(.squares(of: table)) ?? pass.backend.none,
      ])
  }

  /// The parts of the slots are summed up from 0 in each step. Those of the weights' squares are what the
  /// step before left, unless the table has been written to since.
  private func prepareSquares(_ pass: DevicePass) throws {
    guard isBounded else { return }
    let squares = pass[.squares(of: table)]
    try pass.backend.fill(squares, with: 0, count: shape.slotSquaresCount)
    if let rest, l2 > 0 {
      return try rest.squareWeights(
        program, l2: l2, into: squares, at: shape.slotSquaresCount, pass)
    }
    guard pass.areTablesNew, region == .whole, l2 > 0 else { return }
    try kernel("square_weights", pass).launch(
      on: pass.backend.queue, global: [shape.blocks], local: [1],
      [
        "rows": shape.layout.features, "width": shape.width, "each": shape.blockRows, "l2": l2,
        "weight": pass[table], "squares": squares, "offset": shape.slotSquaresCount,
      ])
  }

  /// The second pass, by the sums that the owners of ids left.
  private func updateSummed(_ pass: DevicePass) throws {
    let (backend, partition, sums) = (pass.backend, pass.input.ownedSlots, pass[.sums(of: table)])
    switch region {
    case .touched:
      try kernel("update_summed", pass).launch(
        on: backend.queue, global: [partition.most], local: [1],
        [
          "width": shape.width, "first_rank": firstRank(pass.input), "owners": partition.most,
          "ownership": partition.owners, "lists": partition.lists, "sums": sums,
        ] + update(pass))
    case .whole:
      // What the next step's norm needs of the weights is had on the way.
      let squares = l2 > 0 ? pass.buffer(.squares(of: table)) : nil
      try kernel("update_whole", pass).launch(
        on: backend.queue, global: [shape.blocks], local: [1],
        [
          "rows": shape.layout.features, "width": shape.width, "each": shape.blockRows,
          "first_rank": firstRank(pass.input), "sums": sums,
          "squares_weights": squares == nil ? 0 : 1, "squares": squares ?? backend.none,
          "offset": shape.slotSquaresCount,
        ] + update(pass))
    }
  }

  /// The optimizer as the kernels want it: rows of one number are updated number by number.
  var kernelOptimizer: any Optimizer {
    shape.width == 1 ? optimizer.ofSingleNumbers : optimizer
  }

  private var program: OptimizerProgram { OptimizerProgram([kernelOptimizer]) }

  private func kernel(
    _ name: String, of source: KernelSource = "embedding_update_two_pass", _ pass: DevicePass
  ) throws -> Kernel {
    try pass.backend.library.kernel(
      name, of: source, for: program, with: pass[table].entryOptions)
  }

  private func update(_ pass: DevicePass) -> KernelArguments {
    ["scale": pass[.gradientScale]]
      + program.arguments(of: table, kernelOptimizer, group, l2: l2, pass)
  }

  private func arguments(_ input: OpenCLInput) -> StructArgument<SumArguments> {
    StructArgument(
      SumArguments(
        rows: Int32(input.rows), slots: Int32(shape.layout.slots), groups: Int32(shape.groups),
        width: Int32(shape.width), weighted: shape.layout.weighted ? 1 : 0,
        ranks: Int32(firstRank(input))))
  }

  /// Where in the memory of the sums the places of the ids' sums begin.
  private func firstRank(_ input: OpenCLInput) -> Int { shape.touchedCount(rows: input.capacity) }
}

/// The struct of `embedding_update.cl`.
struct SumArguments: BitwiseCopyable {
  let rows, slots, groups, width, weighted, ranks: Int32
}
