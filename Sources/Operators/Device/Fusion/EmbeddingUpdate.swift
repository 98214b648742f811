/// The update of a table's rows with the sum of their gradient and L2 in one, for devices whose work-items own ids:
/// what the lookup's gradient, ``Penalize`` and ``OptimizerUpdate`` do one after the other.
///
/// It takes two passes where other rows than those of the batch's ids have a gradient too, or the norm is to be
/// known before: then it is the second, after ``EmbeddingSums``.
struct EmbeddingUpdate: Step {
  /// The lookup that reads the table.
  let lookup: any TableLookup
  let optimizer: any Optimizer
  let group: Recipe.Group
  /// λ of the L2 that is added to the gradient.
  var l2: Float
  /// Which rows are updated.
  let region: TableRegion
  /// Whether the norm of the gradients is bounded.
  let isBounded: Bool
  let capacity: Int
  /// The table whose other rows are updated by themselves, where that of the lookup is a window on it.
  let rest: StoredTable?

  init(
    _ lookup: any TableLookup, _ recipe: Recipe, capacity: Int, rest: StoredTable? = nil
  ) {
    self.lookup = lookup
    optimizer = recipe.optimizer(of: lookup.table)
    group = recipe[lookup.table.group]
    l2 = group.penalty(of: lookup.table)
    region = recipe.region(of: lookup.table)
    isBounded = recipe.clipNorm != nil
    (self.capacity, self.rest) = (capacity, rest)
  }

  /// V, [features × width].
  var table: Parameter { lookup.table }
  var shape: Lookup { lookup.shape }
  var isTwoPass: Bool { isWhole || isBounded }
  /// Whether rows without an id in the batch have a gradient too.
  var isWhole: Bool { region == .whole || rest != nil }
  var section: String { Section.update(table) }

  func memory(capacity: Int) -> [Reservation] {
    let sums = Reservation(
      .sums(of: table), table.name, .gradients, count: shape.sumsCount(rows: capacity))
    return [sums, .gradientScale] + squares + optimizer.states(of: table)
  }

  func scratch(capacity: Int, on backend: OpenCLBackend) -> Int { 0 }

  /// Where the norm is bounded: numbers whose sum is ‖g‖², g being the table's gradient with L2.
  var squares: [Reservation] {
    guard isBounded else { return [] }
    return [Reservation(.squares(of: table), table.name, .gradients, count: squaresCount)]
  }

  /// How many: those of the slots where ids are first met, and, of L2 on a whole table, those of blocks of rows.
  var squaresCount: Int {
    shape.slotSquaresCount + (isWhole && l2 > 0 ? rest?.blocks ?? shape.blocks : 0)
  }

  /// What the update works on.
  private var target: UpdateRegion {
    UpdateRegion(parameter: table, region: region, slots: shape.layout.slots)
  }

  func run(_ pass: ReferencePass) {
    optimizer.update(target, pass, group, gradient: gradient(pass))
  }

  /// The gradient with L2 of the rows that are updated.
  private func gradient(_ pass: ReferencePass) -> ReferenceBuffer {
    pass.input.unique = UniqueIDs(of: pass.input.batch.ids)
    let gradient = ReferenceBuffer(count: target.gradientCount(capacity: max(pass.rows, 1)))
    lookup.sumGradient(
      pass, dy: pass.gradient(of: lookup.output), pass.input.unique, region: region,
      into: gradient)
    target.forEachRow(pass) { row, place in
      let (w, g) = (
        pass[table].row(row, width: shape.width), gradient.row(place, width: shape.width)
      )
      for j in g.indices { g[j] += Double(l2) * w[j] }
    }
    return gradient
  }

  /// ‖g‖².
  fileprivate func squaredNorm(_ pass: ReferencePass) -> Double {
    target.squares(pass, of: gradient(pass)) + (rest?.squaresOfRest(pass, l2: l2) ?? 0)
  }
}

/// The first pass of an ``EmbeddingUpdate`` in two: sums up the gradient of the batch's ids, and, where the norm is
/// bounded, leaves its square in parts.
struct EmbeddingSums: Step {
  let update: EmbeddingUpdate

  var section: String { "\(update.lookup.label) backward" }
  func memory(capacity: Int) -> [Reservation] { update.memory(capacity: capacity) }
  func scratch(capacity: Int, on backend: OpenCLBackend) -> Int { 0 }

  func run(_ pass: ReferencePass) {
    guard update.isBounded else { return }
    let parts = pass[.squares(of: update.table)]
    for index in 0..<update.squaresCount { parts[index] = 0 }
    parts[0] = update.squaredNorm(pass)
  }

  func run(_ pass: DevicePass) throws { try update.sum(pass) }
}

extension Lookup {
  /// How many scalars of memory the sums take.
  ///
  /// - Parameter rows: the rows of the largest batch.
  func sumsCount(rows: Int) -> Int {
    // A sum for each feature; or the sums of the batch's ids one after the other, then for each feature
    // the place of its sum, and a row of zeros.
    width == 1 ? layout.features : touchedCount(rows: rows) + layout.features + width
  }

  /// The most scalars that the gradient of the rows touched by a batch has.
  func touchedCount(rows: Int) -> Int { min(layout.features, rows * layout.slots) * width }

  /// The parts of a norm's square of the slots; each has a line of memory for itself, `APART` in
  /// `embedding_update_two_pass.cl`.
  var slotSquaresCount: Int { 16 * layout.slots }

  /// The rows of a block of a pass over the table: what stays in a core's nearer caches, and begins
  /// where a vector may.
  var blockRows: Int { Self.blockRows(width: width) }
  static func blockRows(width: Int) -> Int { max(8192 / max(width, 1) & ~7, 8) }

  /// How many blocks the table has.
  var blocks: Int { (layout.features + blockRows - 1) / blockRows }
}
