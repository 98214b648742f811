import OpenCL

/// What a dense layer needs beside its products where work-groups share local memory: sums over the rows in two
/// levels, of parts of them and of the parts.
extension OpenCLBackend {
  /// How many parts the rows are cut into, and how many rows each has.
  func partsOfRows(_ rows: Int) -> (count: Int, span: Int) {
    let most = max(min((rows + 15) / 16, 2 * device.computeUnits), 1)
    let span = max((rows + most - 1) / most, 1)
    return (max((rows + span - 1) / span, 1), span)
  }

  /// The numbers of whole vectors that cover `width`.
  func wholeVectors(_ width: Int) -> Int { vectors(width) * library.tuning.lanes }

  /// What ``sumColumns(_:rows:width:into:)`` needs.
  func columnSumsScratch(rows: Int, width: Int) -> Int {
    library.tuning.sharesLocalMemory && width > 1
      ? mostParts(rows) * wholeVectors(width) : chunks(rows) * width
  }

  /// The most parts of so many rows or fewer.
  private func mostParts(_ rows: Int) -> Int { min((rows + 15) / 16, 2 * device.computeUnits) + 1 }

  /// What a layer's sums need: those of a single output behind the mask.
  func sharedSumsScratch(for shape: Dense.Shape, rows: Int, masks: Int) -> Int {
    max(
      columnSumsScratch(rows: rows, width: shape.outputs),
      shape.outputs > 1
        ? 0 : lines(masks) + mostParts(rows) * (wholeVectors(shape.inputs) + library.tuning.lanes))
  }

  /// The sums of columns.
  func sumColumnsShared(_ x: Buffer, rows: Int, width: Int, into sums: Buffer) throws {
    guard width > 1 else {
      return try library.kernel("sum_column", of: "dense_gpu").launch(
        on: queue, global: [256], local: [256], ["count": rows, "x": x, "y": sums])
    }
    let parts = partsOfRows(rows)
    try library.kernel("column_sums", of: "dense_gpu").launch(
      on: queue, global: [vectors(width), parts.count], local: [64, 1],
      ["rows": rows, "width": width, "span": parts.span, "x": x, "sums": scratch])
    try sumParts(
      rows > 0 ? parts.count : 0, stride: wholeVectors(width), into: (sums, width))
  }

  /// All derivatives of a layer with a single output.
  func singleOutputGradient(
    inputs: Int, rows: Int, x: Buffer, weight: Buffer, dz: Buffer, dx: GradientTarget<Buffer>,
    below: Epilogue, dweight: Buffer, dbias: Buffer?
  ) throws {
    try drawGradientMask(below, rows: rows, width: inputs)
    let masks = below.dropout == nil ? 0 : lines(maskCount(rows: rows, width: inputs))
    let parts = partsOfRows(rows)
    try library.kernel("single_output_gradient", of: "dense_gpu").launch(
      on: queue, global: [vectors(inputs), parts.count], local: [64, 1],
      [
        "rows": rows, "inputs": inputs, "span": parts.span, "x": x, "weight": weight, "dz": dz,
        "below": below.argument, "mask": scratch, "dx": dx.buffer,
        "accumulate": dx.accumulates ? 1 : 0, "scratch": scratch, "offset": masks,
      ])
    try sumParts(
      parts.count, stride: wholeVectors(inputs) + library.tuning.lanes, from: masks,
      into: (dweight, inputs), and: dbias.map { ($0, 1) })
  }

  /// Adds up the sums of parts that lie in the scratch memory from `offset` on, each with `stride` numbers: its first
  /// ones are of one array, and those behind these, from a whole vector on, of another one.
  func sumParts(
    _ parts: Int, stride: Int, from offset: Int = 0, into first: (y: Buffer, count: Int),
    and second: (y: Buffer, count: Int)? = nil, accumulates: Bool = false
  ) throws {
    let all = vectors(first.count) + vectors(second?.count ?? 0)
    var team = 1
    while team < 32, 2 * team <= parts, 2 * team * all <= residentItems { team *= 2 }
    let groups = (all * team + 63) / 64
    try library.kernel("sum_parts", of: "dense_gpu").launch(
      on: queue, global: [groups * 64], local: [64],
      [
        "parts": parts, "stride": stride, "scratch": scratch, "offset": offset, "team": team,
        "count0": first.count, "y0": first.y, "second": wholeVectors(first.count),
        "count1": second?.count ?? 0, "y1": second?.y ?? none, "accumulate": accumulates ? 1 : 0,
      ])
  }
}
