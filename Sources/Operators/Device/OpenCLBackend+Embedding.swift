import OpenCL

extension OpenCLBackend {
  /// Room for the sums of the pieces of frequent ids, or those of the bias's gradient.
  func scratch(for shape: Lookup, rows: Int) -> Int {
    shape.width
      * max(OpenCLInput.maxJoinedPieces(places: rows * shape.layout.slots), chunks(rows))
  }

  public func lookup(
    _ shape: Lookup, input: OpenCLInput, table: Buffer, bias: Buffer?, y: Buffer
  ) throws {
    let groups = shape.groups
    try run(
      "lookup", of: .embedding, items: input.rows * groups, input.rows, shape.layout.slots, groups,
      shape.width, groups == 1 ? input.allSlots : input.fieldStarts, input.ids, input.values,
      shape.layout.weighted ? 1 : 0, table, bias ?? none, bias == nil ? 0 : 1, y)
  }

  public func lookupGradient(
    _ shape: Lookup, input: OpenCLInput, dy: Buffer, region: TableRegion, dtable: Buffer,
    dbias: Buffer?
  ) throws {
    let whole = region == .whole
    if whole { try fill(dtable, with: 0, count: shape.layout.features * shape.width) }
    try run(
      "sum_pieces", of: .embedding, items: input.pieceCount, input.pieceCount, shape.layout.slots,
      shape.groups, shape.width, input.slotFields, input.pieceStarts, input.pieceTargets,
      input.positions, input.values, shape.layout.weighted ? 1 : 0, dy, input.distinctIds,
      whole ? 1 : 0, dtable, scratch)
    try run(
      "join_pieces", of: .embedding, items: input.joinedCount, input.joinedCount, shape.width,
      input.joinedRanks, input.joinedStarts, scratch, input.distinctIds, whole ? 1 : 0, dtable)
    guard let dbias else { return }
    try sumColumns(dy, rows: input.rows, width: shape.outputWidth, into: dbias)
  }
}

extension Lookup {
  /// How many sums a sample has.
  fileprivate var groups: Int { target == .fields ? layout.fields : 1 }
}
