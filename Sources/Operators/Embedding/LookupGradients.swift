import OpenCL

/// The gradients of one table or two in one pass over the places of the batch's ids, and those of their biases: what
/// the backward passes of these lookups do one after the other, for devices whose work-groups share local memory.
struct LookupGradients: Step {
  /// One or two.
  let lookups: [any TableLookup]
  /// The tables whose gradient is that of the batch's distinct ids in their order, also if all rows are updated.
  let compact: Set<Parameter>

  var section: String { lookups.map(\.label).joined(separator: " and ") + " backward" }

  func memory(capacity: Int) -> [Reservation] {
    lookups.flatMap { Backward(operation: $0).memory(capacity: capacity) }
  }

  func scratch(capacity: Int, on backend: OpenCLBackend) -> Int {
    backend.scratch(forGradientsOf: lookups, capacity: capacity)
  }

  func run(_ pass: ReferencePass) {
    for lookup in lookups {
      let isCompact = compact.contains(lookup.table)
      lookup.sumGradients(pass, region: isCompact ? .touched : pass.region(of: lookup.table))
    }
  }

  func run(_ pass: DevicePass) throws {
    try pass.backend.sumGradients(of: lookups, compact: compact, pass)
  }
}

extension OpenCLBackend {
  /// Room for the sums of the pieces of frequent ids, or for those of a bias's gradient.
  func scratch(forGradientsOf lookups: [any TableLookup], capacity: Int) -> Int {
    let spans = lookups.reduce(0) { $0 + Self.spans($1.shape.width) }
    return max(
      2 * chunks(capacity * lookups[0].shape.layout.slots) * 2 * spans,
      lookups.map { columnSumsScratch(rows: capacity, width: $0.shape.outputWidth) }.max() ?? 0)
  }

  /// How many work-items a row's numbers are for: two numbers each, or one where rows begin at odd places too.
  private static func spans(_ width: Int) -> Int { width % 2 == 0 ? width / 2 : width }

  /// The gradients of tables, and of biases, by `embedding_gpu.cl`.
  func sumGradients(
    of lookups: [any TableLookup], compact: Set<Parameter> = [], _ pass: DevicePass
  ) throws {
    let tables = lookups.filter { pass.buffer(.gradient(of: $0.table)) != nil }
    if !tables.isEmpty { try sumTables(tables, compact: compact, pass) }
    for lookup in lookups {
      guard let bias = lookup.bias else { continue }
      try sumColumns(
        pass.gradient(of: lookup.output), rows: pass.rows, width: lookup.shape.outputWidth,
        into: pass.gradient(of: bias))
    }
  }

  private func sumTables(
    _ lookups: [any TableLookup], compact: Set<Parameter>, _ pass: DevicePass
  ) throws {
    let (input, unique, layout) = (pass.input, pass.input.unique, lookups[0].shape.layout)
    let isWhole = lookups.map {
      !compact.contains($0.table) && pass.region(of: $0.table) == .whole
    }
    for (lookup, isWhole) in zip(lookups, isWhole) where isWhole {
      try fill(pass.gradient(of: lookup.table), with: 0, count: lookup.table.count)
    }
    let (first, last) = (lookups[0], lookups[lookups.count - 1])
    let spans = lookups.reduce(0) { $0 + Self.spans($1.shape.width) }
    let (places, team) = (input.rows * layout.slots, team(spans))
    // Large batches have longer pieces, so that the most frequent id has not too many.
    let length = input.rows > 32768 ? 4 * KernelLibrary.chunk : KernelLibrary.chunk
    let arguments = StructArgument(
      SegmentArguments(
        slots: Int32(layout.slots), weighted: layout.weighted ? 1 : 0,
        width0: Int32(first.shape.width), width1: lookups.count > 1 ? Int32(last.shape.width) : 0,
        team: Int32(team), length: Int32(length), groups0: Int32(first.shape.groups),
        groups1: Int32(last.shape.groups)))
    let (dy0, dy1) = (pass.gradient(of: first.output), pass.gradient(of: last.output))
    try run(
      "sum_pieces", of: "embedding_gpu", items: 2 * ((places + length - 1) / length) * team,
      [
        "distinct": unique.count, "g": arguments, "slot_groups": input.slotFields,
        "starts": unique.starts, "ranks": unique.ranks, "positions": unique.positions,
        "values": input.values, "dy0": dy0, "dy1": dy1, "partial": scratch,
      ])
    try run(
      "sum_segments", of: "embedding_gpu", items: min(input.mostDistinct * team, residentItems),
      [
        "distinct": unique.count, "g": arguments, "slot_groups": input.slotFields,
        "starts": unique.starts, "positions": unique.positions, "values": input.values,
        "dy0": dy0, "dy1": dy1, "ids": unique.ids, "whole0": isWhole[0] ? 1 : 0,
        "whole1": isWhole[isWhole.count - 1] ? 1 : 0, "partial": scratch,
        "gradient0": pass.gradient(of: first.table), "gradient1": pass.gradient(of: last.table),
      ])
  }
}

/// The places that an id's derivatives come from, as `embedding_gpu.cl` has it.
struct SegmentArguments: BitwiseCopyable {
  let slots, weighted, width0, width1, team, length, groups0, groups1: Int32
}
