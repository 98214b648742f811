import Data

extension OperatorTable {
  static let penalty = OperatorCases(
    targets.map { OperatorCase("L2", $0.name, PenalizeCase(target: $0)) },
    timed: { _ in
      [OperatorCase("L2", "500 k × 10", rows: [500_000], PenalizeCase(target: .whole(width: 10)))]
    })

  static let clipping = OperatorCases(
    [
      OperatorCase("clipping", "active", ClipNormCase(limit: 0.0625, widths: [33])),
      OperatorCase(
        "clipping", "active, three gradients", ClipNormCase(limit: 1, widths: [1, 40, 7])),
      OperatorCase("clipping", "inactive", ClipNormCase(limit: 1e6, widths: [10, 1])),
    ],
    timed: { _ in
      [
        OperatorCase(
          "clipping", "400×400 and 500 k × 10", rows: [40_000],
          ClipNormCase(limit: 1, widths: [4, 125]))
      ]
    })

  static let rowClipping = OperatorCases(
    product(lookups, [1, 10, 33]).map { lookup, k in
      // Some rows exceed the bound, others do not.
      OperatorCase(
        "row clipping", "k = \(k), \(lookup.0.name), \(lookup.1.rawValue) table",
        ClipRowsCase(
          clip: RowClip(ratio: 0.375, floor: 0.25), ids: lookup.0, width: k,
          region: lookup.1 == .whole ? .whole : .touched))
    },
    timed: { rows in
      [
        OperatorCase(
          "row clipping", "touched rows of 1 M × 10", rows: [rows],
          ClipRowsCase(clip: RowClip(), ids: .clickLog, width: 10, region: .touched))
      ]
    })

  static let targets =
    [1, 33].map { UpdateTarget.whole(width: $0) }
    + zip(IdPattern.all, [10, 1, 16, 40]).map { UpdateTarget(ids: $0, width: $1) }
}

/// A table or dense parameter for the steps that update it.
struct UpdateTarget: Sendable {
  /// The ids of the batches; for a dense parameter nil.
  let ids: IdPattern?
  /// The parameter's columns.
  let width: Int

  /// All of a parameter, which has as many rows as a batch.
  static func whole(width: Int) -> UpdateTarget { UpdateTarget(ids: nil, width: width) }

  /// For people.
  var name: String { ids.map { "rows touched by \($0.name), k = \(width)" } ?? "all of ×\(width)" }

  /// What is updated.
  func region(rows: Int, _ region: TableRegion? = nil, name: String = "weight") -> UpdateRegion {
    var graph = Graph(layout: (ids ?? .plain()).layout)
    let parameter = graph.makeParameter(
      name, rows: ids?.layout.features ?? rows, columns: width, kind: ids == nil ? .weight : .table,
      group: .deep, initializer: .constant(0))
    return UpdateRegion(
      parameter: parameter, region: region ?? (ids == nil ? .whole : .touched),
      slots: graph.layout.slots)
  }

  /// A batch of some steps.
  func batch(rows: Int, number: Int = 0) -> Batch {
    ids?.batch(rows: rows, number: number) ?? IdPattern.plain().batch(rows: 0)
  }
}

extension Pass {
  /// A pass for some steps by themselves, with memory for them and for parameters, on a batch whose distinct ids
  /// are known.
  ///
  /// - Parameter other: whose memory is used as far as it goes, but for gradients.
  convenience init(
    for steps: [any Step], of parameters: [Parameter] = [], on backend: B, _ batch: Batch,
    sharing other: Pass? = nil
  ) throws {
    let capacity = max(batch.rows, 1)
    try backend.reserveScratch(
      count: steps.map { backend.scratch(for: $0, capacity: capacity) }.max() ?? 0)
    self.init(
      on: backend,
      input: try backend.makeInput(
        layout: batch.layout, capacity: capacity, findsUniqueIDs: true))
    let reservations =
      parameters.map {
        Reservation(.parameter($0), $0.name, .parameters, count: $0.count, in: $0.precision)
      }
      + steps.flatMap { $0.memory(capacity: capacity) }
    for reservation in reservations where reservation.use != .gradients {
      if let buffer = other?.buffer(reservation.operand) { self[reservation.operand] = buffer }
    }
    if let scale = other?.buffer(.gradientScale) { self[.gradientScale] = scale }
    try make(reservations)
    try backend.upload(batch, to: input)
    try run([FindUniqueIDs(slots: batch.layout.slots)])
  }
}

/// L2's addition to a gradient.
private struct PenalizeCase: CaseSetup {
  /// What is penalized.
  let target: UpdateTarget

  func prepare<B: Backend>(on backend: B, rows: Int) throws -> PreparedCase<B> {
    let region = target.region(rows: rows)
    let (step, parameter) = (Penalize(target: region, lambda: 0.25), region.parameter)
    let batch = target.batch(rows: rows)
    let pass = try Pass(for: [step], of: [parameter], on: backend, batch)
    let count = region.gradientCount(of: batch)
    let gradient = PreparedCase<B>.Slot(
      name: "gradient", buffer: pass.gradient(of: parameter), count: count)
    return PreparedCase(
      backend: backend,
      inputs: [
        PreparedCase.Slot(name: "weight", buffer: pass[parameter], count: parameter.count),
        gradient,
      ],
      outputs: [gradient], terms: 1,
      cost: (Cost(flops: 2 * count, scalars: 3 * count), .none), forward: { try pass.run([step]) })
  }
}

extension UpdateRegion {
  /// How many scalars of the gradient a batch fills.
  func gradientCount(of batch: Batch) -> Int {
    region == .whole ? parameter.count : UniqueIDs(of: batch.ids).count * parameter.columns
  }
}

/// The scale that bounds the norm of several gradients.
private struct ClipNormCase: CaseSetup {
  /// The bound.
  let limit: Float
  /// How long each gradient is, in multiples of the rows.
  let widths: [Int]

  func prepare<B: Backend>(on backend: B, rows: Int) throws -> PreparedCase<B> {
    var graph = Graph(layout: IdPattern.plain().layout)
    let parameters = widths.enumerated().map { index, width in
      graph.makeParameter(
        "gradient \(index)", rows: rows, columns: width, kind: .weight, group: .deep,
        initializer: .constant(0))
    }
    let step = ClipNorm(
      gradients: parameters.map { UpdateRegion(parameter: $0, region: .whole, slots: 1) },
      limit: limit)
    let pass = try Pass(for: [step], on: backend, IdPattern.plain().batch(rows: 0))
    let count = rows * widths.reduce(0, +)
    return PreparedCase(
      backend: backend,
      inputs: parameters.map {
        PreparedCase.Slot(name: $0.name, buffer: pass.gradient(of: $0), count: $0.count)
      },
      outputs: [
        PreparedCase.Slot(name: "scale", buffer: pass[.gradientScale], count: 1, unit: 0)
      ],
      terms: max(count, 1), cost: (Cost(flops: 2 * count, scalars: count), .none),
      forward: { try pass.run([step]) })
  }
}

/// The bound on the gradient of each row of a table.
private struct ClipRowsCase: CaseSetup {
  /// The bound.
  let clip: RowClip
  /// The ids of the batch.
  let ids: IdPattern
  /// The table's columns.
  let width: Int
  /// Which rows the gradient has.
  let region: TableRegion

  func prepare<B: Backend>(on backend: B, rows: Int) throws -> PreparedCase<B> {
    let batch = ids.batch(rows: rows)
    let target = UpdateTarget(ids: ids, width: width).region(rows: rows, region)
    let (step, table) = (ClipRows(target: target, clip: clip), target.parameter)
    let pass = try Pass(for: [step], of: [table], on: backend, batch)
    let touched = UniqueIDs(of: batch.ids).ids
    var gradient = PreparedCase<B>.Slot(
      name: "gradient", buffer: pass.gradient(of: table), count: target.gradientCount(of: batch))
    gradient.rows = TableRows(
      width: width, features: table.rows, touched: touched, isCompact: region == .touched)
    let size = touched.count * width
    return PreparedCase(
      backend: backend,
      inputs: [
        PreparedCase.Slot(name: "weight", buffer: pass[table], count: table.count), gradient,
      ],
      outputs: [gradient], terms: width, cost: (Cost(flops: 5 * size, scalars: 3 * size), .none),
      forward: { try pass.run([step]) })
  }
}
