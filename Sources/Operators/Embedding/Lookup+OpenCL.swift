import OpenCL

extension TableLookup {
  /// Room for the sums of the pieces of frequent ids, or those of the bias's gradient.
  package func scratch(capacity: Int, on backend: OpenCLBackend) -> Int {
    guard !backend.library.tuning.sharesLocalMemory else {
      return backend.scratch(forGradientsOf: [self], capacity: capacity)
    }
    return shape.width
      * max(2 * backend.chunks(capacity * shape.layout.slots), backend.chunks(capacity))
  }

  package func forward(_ pass: DevicePass) throws {
    guard !pass.backend.library.tuning.sharesLocalMemory else { return try lookUp(pass) }
    let (input, groups) = (pass.input, shape.groups)
    // On a CPU a work-item takes a row, so that its core has many rows of the table under way.
    let each = pass.backend.device.kind == .cpu ? groups : 1
    try pass.run(
      "lookup", of: "embedding", on: pass[table],
      items: input.rows * ((groups + each - 1) / each),
      [
        "rows": input.rows, "slots": shape.layout.slots, "groups": groups, "groups_each": each,
        "width": shape.width, "group_starts": groups == 1 ? input.allSlots : input.fieldStarts,
        "ids": input.ids, "values": input.values, "weighted": shape.layout.weighted ? 1 : 0,
        "table": pass[table], "bias": bias.map { pass[$0] } ?? pass.backend.none,
        "has_bias": bias == nil ? 0 : 1, "y": pass[output],
      ])
  }

  /// The same where neighbours read neighbours.
  private func lookUp(_ pass: DevicePass) throws {
    let (input, groups, backend) = (pass.input, shape.groups, pass.backend)
    let (bias, isWeighted) = (bias.map { pass[$0] } ?? backend.none, shape.layout.weighted ? 1 : 0)
    let hasBias = self.bias == nil ? 0 : 1
    if groups == 1, shape.width == 1 {
      // Four slots a work-item.
      let team = backend.team((shape.layout.slots + 3) / 4, limit: 32)
      return try pass.run(
        "lookup_sum", of: "embedding_gpu", on: pass[table], items: input.rows * team,
        [
          "rows": input.rows, "slots": shape.layout.slots, "team": team, "ids": input.ids,
          "values": input.values, "weighted": isWeighted, "table": pass[table], "bias": bias,
          "has_bias": hasBias, "y": pass[output],
        ])
    }
    let numbersEach = shape.width % 2 == 0 ? 2 : 1
    try pass.run(
      "lookup", of: "embedding_gpu", on: pass[table],
      items: input.rows * groups * shape.width / numbersEach,
      [
        "rows": input.rows, "slots": shape.layout.slots, "groups": groups, "width": shape.width,
        "group_starts": groups == 1 ? input.allSlots : input.fieldStarts, "ids": input.ids,
        "values": input.values, "weighted": isWeighted, "table": pass[table], "bias": bias,
        "has_bias": hasBias, "y": pass[output],
      ])
  }

  package func backward(_ pass: DevicePass) throws {
    guard !pass.backend.library.tuning.sharesLocalMemory else {
      return try pass.backend.sumGradients(of: [self], pass)
    }
    let dy = pass.gradient(of: output)
    if let dtable = pass.buffer(.gradient(of: table)) {
      try sumGradient(pass, dy: dy, into: dtable)
    }
    guard let bias else { return }
    try pass.backend.sumColumns(
      dy, rows: pass.rows, width: shape.outputWidth, into: pass.gradient(of: bias))
  }

  private func sumGradient(
    _ pass: DevicePass, dy: OpenCLBackend.Buffer, into dtable: OpenCLBackend.Buffer
  ) throws {
    let (input, unique, layout) = (pass.input, pass.input.unique, shape.layout)
    let isWhole = pass.region(of: table) == .whole
    if isWhole { try pass.backend.fill(dtable, with: 0, count: table.count) }
    let places = input.rows * layout.slots
    let arguments = StructArgument(
      LookupArguments(
        slots: Int32(layout.slots), groups: Int32(shape.groups), width: Int32(shape.width),
        weighted: layout.weighted ? 1 : 0, last: Int32(max(places - 1, 0))))
    try pass.run(
      "sum_pieces", of: "embedding", items: 2 * pass.backend.chunks(places),
      [
        "distinct": unique.count, "g": arguments, "slot_groups": input.slotFields,
        "starts": unique.starts, "ranks": unique.ranks, "positions": unique.positions,
        "values": input.values, "dy": dy, "partial": pass.scratch,
      ])
    try pass.run(
      "sum_segments", of: "embedding", items: input.mostDistinct,
      [
        "distinct": unique.count, "g": arguments, "slot_groups": input.slotFields,
        "starts": unique.starts, "positions": unique.positions, "values": input.values, "dy": dy,
        "ids": unique.ids, "whole": isWhole ? 1 : 0, "partial": pass.scratch, "gradient": dtable,
      ])
  }
}

/// Where the derivatives of a lookup are, as `embedding.cl` has it.
struct LookupArguments: BitwiseCopyable {
  let slots, groups, width, weighted, last: Int32
}

extension Lookup {
  /// How many sums a sample has.
  var groups: Int {
    switch target {
    case .fields: layout.fields
    case .slots: layout.slots
    case .sample: 1
    }
  }
}
