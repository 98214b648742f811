import OpenCL

extension OpenCLBackend {
  /// Room for the sums of the pieces of frequent ids, or those of the bias's gradient.
  func scratch(for shape: Lookup, rows: Int) -> Int {
    shape.width * max(2 * chunks(rows * shape.layout.slots), chunks(rows))
  }

  public func lookup(
    _ shape: Lookup, input: OpenCLInput, table: Buffer, bias: Buffer?, y: Buffer
  ) throws {
    let groups = shape.groups
    // On a CPU a work-item takes a row, so that its core has many rows of the table under way.
    let each = device.kind == .cpu ? groups : 1
    try run(
      "lookup", of: "embedding", items: input.rows * ((groups + each - 1) / each), input.rows,
      shape.layout.slots, groups, each, shape.width,
      groups == 1 ? input.allSlots : input.fieldStarts, input.ids, input.values,
      shape.layout.weighted ? 1 : 0, table, bias ?? none, bias == nil ? 0 : 1, y)
  }

  public func lookupGradient(
    _ shape: Lookup, input: OpenCLInput, dy: Buffer, region: TableRegion, dtable: Buffer?,
    dbias: Buffer?
  ) throws {
    if let dtable {
      try tableGradient(shape, input: input, dy: dy, region: region, dtable: dtable)
    }
    guard let dbias else { return }
    try sumColumns(dy, rows: input.rows, width: shape.outputWidth, into: dbias)
  }

  private func tableGradient(
    _ shape: Lookup, input: OpenCLInput, dy: Buffer, region: TableRegion, dtable: Buffer
  ) throws {
    let groups = input.groups
    let whole = region == .whole ? 1 : 0
    if region == .whole { try fill(dtable, with: 0, count: shape.layout.features * shape.width) }
    let places = input.rows * shape.layout.slots
    let gather = Structure(
      Gather(
        slots: Int32(shape.layout.slots), groups: Int32(shape.groups), width: Int32(shape.width),
        weighted: shape.layout.weighted ? 1 : 0, last: Int32(max(places - 1, 0))))
    try run(
      "sum_pieces", of: "embedding", items: 2 * chunks(places), groups.distinct, gather,
      input.slotFields, groups.starts, groups.ranks, groups.positions, input.values, dy, scratch)
    try run(
      "sum_segments", of: "embedding", items: input.mostDistinct, groups.distinct, gather,
      input.slotFields, groups.starts, groups.positions, input.values, dy, groups.ids, whole,
      scratch, dtable)
  }
}

/// Where the derivatives of a lookup are, as `embedding.cl` has it.
private struct Gather: BitwiseCopyable {
  let slots, groups, width, weighted, last: Int32
}

extension Lookup {
  /// How many sums a sample has.
  var groups: Int { target == .fields ? layout.fields : 1 }
}
