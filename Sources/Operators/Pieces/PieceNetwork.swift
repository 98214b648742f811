import Cluster
import Data

/// A network whose batches are cut into pieces, as many whatever computes them: one process, or several ranks with
/// some of the pieces each.
///
/// Every sum over the rows of a batch is first made within each piece and then by a binary tree over the pieces
/// (``Swift/Array/treeSum(_:)``); a rank has the pieces of a subtree. So any number of ranks that divides that of the
/// pieces gives the same bits, on devices that give the same bits.
///
/// All ranks hold all parameters, but for tables whose rows they share (``RowShares``), and make the same step of the
/// optimizer on them. Of the tables' gradients only the
/// rows of the batch's distinct ids travel. Sums over ranks are made by the rank that owns a stretch of the dense
/// gradients, or of the ids, and told to all: each rank sends 2·(p − 1)/p of what there is.
///
/// Dropout draws other numbers in each piece. Batch normalisation sees the whole batch.
package final class PieceNetwork<B: Backend> {
  /// The parameters, their optimizers, and predictions.
  package let network: Network<B>
  /// The other ranks.
  package let ranks: any Communicator
  /// The number of pieces of a batch.
  package let pieces: Int
  let workers: [Network<B>]
  private let dense: [Parameter]
  let tables: [Parameter]
  private var loss: (last: B.Scalar, sum: B.Scalar) = (0, 0)
  /// Whether the steps of the update ask how often each id occurs.
  let countsIDs: Bool
  /// Whether they ask for the norm of all gradients.
  let boundsNorm: Bool
  /// What this rank has sent since the warm-up.
  package internal(set) var traffic = StepTraffic()

  /// All memory of this rank.
  package private(set) var memory: MemoryPlan

  /// Plans and makes all memory.
  ///
  /// - Parameters:
  ///   - pieces: the number of pieces of a batch, a power of two, at least that of the ranks.
  ///   - ranks: the ranks, a power of two.
  ///   - the others: as those of ``Network``.
  /// - Throws: ``MemoryPlanError``, or the backend's own error.
  package init(
    graph: Graph, logits: Value, backend: B, capacity: Int, recipe: Recipe, seed: UInt64,
    pieces: Int, ranks: any Communicator
  ) throws {
    precondition(pieces % ranks.count == 0 && pieces & (pieces - 1) == 0)
    let network = try Network(
      graph: graph, logits: logits, backend: backend, capacity: capacity, recipe: recipe,
      seed: seed, keepsGradients: true, role: .updates, ranks: ranks)
    var recipeOfPieces = recipe
    recipeOfPieces.tables = .touched
    let own = pieces / ranks.count
    workers = try (0..<own).map { place in
      try Network(
        graph: network.stored?.windowed ?? graph, logits: logits, backend: backend,
        capacity: (capacity + pieces - 1) / pieces, recipe: recipeOfPieces,
        // Of dropout alone.
        seed: seed &+ UInt64(ranks.rank * own + place) &* 0x9E37_79B9_7F4A_7C15,
        keepsGradients: true, role: .piece(of: network))
    }
    (self.network, self.ranks, self.pieces) = (network, ranks, pieces)
    let trained = network.plan.graph.parameters.filter(\.isTrained)
    dense = trained.filter { $0.kind != .table }
    tables = trained.filter { $0.kind == .table }
    (countsIDs, boundsNorm) = (recipe.rowClip != nil, recipe.clipNorm != nil)
    memory = network.memory
    for worker in workers { memory.add(worker.memory) }
    try memory.check(against: backend.memoryLimits)
  }

  var backend: B { network.backend }

  /// The rows of a piece.
  private func rows(of piece: Int, _ batch: Batch) -> Range<Int> {
    rowsOf(pieces: piece..<piece + 1, among: pieces, ofRows: batch.wholeRows)
  }

  /// Trains and predicts once, then takes it back, see ``Network/warmUp(_:)``.
  package func warmUp(_ batch: Batch) throws {
    precondition(network.step == 0, "a warm-up would forget the training")
    try network.rehearse {
      try train(batch)
      _ = try network.predict(batch)
    }
    (loss, traffic) = ((0, 0), StepTraffic())
  }

  /// Does something and adds what was sent for it.
  private func counting<Result>(
    _ purpose: WritableKeyPath<StepTraffic, Traffic>, _ work: () throws -> Result
  ) rethrows -> Result {
    let before = ranks.traffic
    defer { traffic[keyPath: purpose] = traffic[keyPath: purpose] + (ranks.traffic - before) }
    return try work()
  }
}

extension PieceNetwork: Learner {
  package var part: (@Sendable (_ rows: Int) -> Range<Int>)? {
    // Tables that each host has are read by the ids of the whole batch.
    guard network.stored == nil || network.isShared else { return nil }
    let (pieces, count) = (pieces, workers.count)
    let own = ranks.rank * count..<(ranks.rank + 1) * count
    return { rowsOf(pieces: own, among: pieces, ofRows: $0) }
  }

  package func train(_ batch: Batch, rateFactor: Float = 1) throws {
    // All ranks number the ids of the whole batch alike, or each those of its part.
    let batch = try network.placed(batch)
    try forward(batch, withStates: !network.isShared)
    for worker in workers { worker.pass.beginBackward() }
    let plan = workers[0].plan
    for step in plan.loss { try runAll(step) }
    for step in plan.backward {
      if let step = step as? Backward, let norm = step.operation as? Normalization {
        try normalizeGradients(norm, rows: batch.wholeRows)
      } else {
        try runAll(step)
      }
    }
    try counting(\.dense) { try joinDense() }
    try counting(\.tables) {
      if let shares = network.stored?.shares {
        try joinTables(by: shares, rows: batch.wholeRows)
      } else {
        try joinTables(rows: batch.wholeRows)
      }
    }
    traffic.steps += 1
    try network.update(rateFactor: rateFactor)
  }

  package func observe(_ batch: Batch) throws {
    // No step's.
    let before = traffic
    defer { traffic = before }
    try forward(try network.placed(batch), withStates: false)
    try backend.finish()
  }

  /// The forward pass of training.
  ///
  /// - Parameter withStates: whether the rows that travel to windows bring their optimizers' states.
  private func forward(_ batch: Batch, withStates: Bool) throws {
    try counting(\.tables) {
      try network.pass.run(withStates ? network.plan.take : network.plan.takeForInference)
    }
    for (place, worker) in workers.enumerated() {
      try worker.load(batch.piece(rows(of: ranks.rank * workers.count + place, batch)))
      worker.pass.step = network.step
      (worker.pass.isTraining, worker.pass.reusesPrepared) = (true, false)
    }
    for step in workers[0].plan.forward {
      if let step = step as? Forward, let norm = step.operation as? Normalization {
        try normalize(norm)
      } else {
        try runAll(step)
      }
    }
  }

  package func losses() -> (last: Double, sum: Double) { (Double(loss.last), Double(loss.sum)) }

  package func resetLoss(to sum: Double) { loss = (0, B.Scalar(sum)) }

  package func agree(toStop wish: Bool) throws -> Bool {
    try ranks.gather([UInt32(wish ? 1 : 0)]).contains([1])
  }

  package func agree(toSave wish: Bool) throws -> Bool {
    network.isShared ? try agree(toStop: wish) : wish
  }

  private func runAll(_ step: any Step) throws {
    for worker in workers { try worker.pass.run([step]) }
  }
}

// MARK: - Batch normalisation

extension PieceNetwork {
  /// The forward pass of batch normalisation, by the moments of the whole batch.
  private func normalize(_ norm: Normalization) throws {
    let width = norm.shape.width
    try runAll(NormalizationPart(operation: norm, part: .moments))
    let own = try workers.flatMap { worker in
      [Double(worker.rows)] + (try read(worker.pass[norm.saved], 2 * width))
    }
    let all = try counting(\.normalization) { try ranks.gather(own).flatMap(\.self) }
    let moments = (0..<width).map { column in
      (0..<pieces).map { piece in
        let first = piece * (1 + 2 * width)
        return Moments(
          count: all[first], mean: all[first + 1 + column],
          distances: all[first + 1 + width + column])
      }.treeSum(+)
    }
    let inverses = moments.map { 1 / ($0.variance + Double(norm.shape.epsilon)).squareRoot() }
    for worker in workers { try write(moments.map(\.mean) + inverses, to: worker.pass[norm.saved]) }
    try move(norm.mean, norm, to: moments.map(\.mean))
    try move(norm.variance, norm, to: moments.map(\.unbiasedVariance))
    try runAll(NormalizationPart(operation: norm, part: .normalize))
  }

  /// Moves a running statistic.
  private func move(_ statistic: Parameter, _ norm: Normalization, to batch: [Double]) throws {
    let buffer = network.pass[statistic]
    let old = try read(buffer, norm.shape.width)
    try write(zip(old, batch).map { norm.moved($0, to: $1) }, to: buffer)
  }

  /// The backward pass, by the sums of the whole batch; those of the pieces are left for the gradients of γ and β.
  private func normalizeGradients(_ norm: Normalization, rows: Int) throws {
    let width = norm.shape.width
    try runAll(NormalizationPart(operation: norm, part: .gradientSums))
    let own = try workers.map { worker in
      try [norm.gamma, norm.beta].flatMap { try read(worker.pass.gradient(of: $0), width) }
    }
    let all = try counting(\.normalization) {
      try ranks.gather(own.flatMap(\.self)).flatMap(\.self)
    }
    let sums = (0..<2 * width).map { column in
      (0..<pieces).map { all[$0 * 2 * width + column] }.treeSum(+)
    }
    func put(_ sums: [Double], to worker: Network<B>) throws {
      try write(Array(sums[..<width]), to: worker.pass.gradient(of: norm.gamma))
      try write(Array(sums[width...]), to: worker.pass.gradient(of: norm.beta))
    }
    for worker in workers { try put(sums, to: worker) }
    try runAll(NormalizationPart(operation: norm, part: .gradient(rows: rows)))
    for (worker, sums) in zip(workers, own) { try put(sums, to: worker) }
  }

  private func read(_ buffer: B.Buffer, _ count: Int) throws -> [Double] {
    try backend.read(buffer, count: count).map { Double($0) }
  }

  private func write(_ numbers: [Double], to buffer: B.Buffer) throws {
    try backend.write(numbers.map { B.Scalar($0) }, to: buffer)
  }
}

// MARK: - Gradients

extension PieceNetwork {
  /// The sums of the losses and of all gradients that are not of tables.
  private func joinDense() throws {
    var sums = try workers.map { try backend.read($0.pass[.loss], count: 1) }.treeSum(added)
    sums.reserveCapacity(1 + dense.reduce(0) { $0 + $1.count })
    // One after the other: what is added is still in a cache.
    for parameter in dense {
      sums += try workers.map {
        try backend.read($0.pass.gradient(of: parameter), count: parameter.count)
      }.treeSum(added)
    }
    if ranks.count > 1 {
      let bounds = (0...ranks.count).map { sums.count * $0 / ranks.count }
      let parts = try ranks.exchange(
        (0..<ranks.count).map { Array(sums[bounds[$0]..<bounds[$0 + 1]]) })
      sums = try ranks.gather(parts.treeSum(added)).reduce(into: []) { $0 += $1 }
    }
    loss = (sums[0], loss.sum + sums[0])
    var first = 1
    for parameter in dense {
      try backend.write(
        Array(sums[first..<first + parameter.count]), to: network.pass.gradient(of: parameter))
      first += parameter.count
    }
  }

  /// The sums of the gradients of tables over this rank's pieces.
  func ownSums() throws -> SparseSums<B.Scalar> {
    try workers.map { worker in
      let unique = try worker.pass.input.readUniqueIDs()
      return SparseSums(
        unique,
        try tables.map {
          let count = unique.ids.count * $0.columns
          return (try backend.read(worker.pass.gradient(of: $0), count: count), $0.columns)
        })
    }.treeSum(+)
  }

  /// The sums of the gradients of tables, and the batch's distinct ids.
  private func joinTables(rows: Int) throws {
    guard !tables.isEmpty else { return }
    var sums = try ownSums()
    traffic.ids.own += sums.unique.ids.count
    if ranks.count > 1 {
      let features = network.plan.graph.layout.features
      let bounds = (0...ranks.count).map { features * $0 / ranks.count }
      let (width, countsIDs) = (sums.width, countsIDs)
      func received(_ words: [UInt32]) -> SparseSums<B.Scalar> {
        SparseSums(words: words, width: width, withCounts: countsIDs)
      }
      let parts = try ranks.exchange(
        (0..<ranks.count).map {
          sums.slice(ids: bounds[$0]..<bounds[$0 + 1]).words(withCounts: countsIDs)
        })
      let own = parts.map(received).treeSum(+)
      let all = try ranks.gather(own.words(withCounts: countsIDs)).map(received)
      sums = SparseSums(
        UniqueIDCounts(ids: all.flatMap(\.unique.ids), counts: all.flatMap(\.unique.counts)),
        rows: all.flatMap(\.rows), width: sums.width)
    }
    traffic.ids.all += sums.unique.ids.count
    try network.pass.input.setUniqueIDs(sums.unique, rows: rows)
    var first = 0
    for table in tables {
      try backend.write(
        network.pass.region(of: table) == .touched
          ? sums.rows(from: first, columns: table.columns)
          : sums.wholeRows(from: first, columns: table.columns, features: table.rows),
        to: network.pass.gradient(of: table))
      first += table.columns
    }
  }
}

/// The rows of adjacent pieces of a batch of so many rows.
private func rowsOf(pieces own: Range<Int>, among pieces: Int, ofRows rows: Int) -> Range<Int> {
  rows * own.lowerBound / pieces..<rows * own.upperBound / pieces
}

/// a + b
@_specialize(where Scalar == Float)
private func added<Scalar: BinaryFloatingPoint>(_ a: [Scalar], _ b: [Scalar]) -> [Scalar] {
  precondition(a.count == b.count)
  return [Scalar](unsafeUninitializedCapacity: a.count) { target, count in
    a.withUnsafeBufferPointer { a in
      b.withUnsafeBufferPointer { b in
        for index in a.indices { target[index] = a[index] + b[index] }
      }
    }
    count = a.count
  }
}
