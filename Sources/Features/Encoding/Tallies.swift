import Support
import Synchronization

/// How often each value of each vocabulary was seen, counted by all threads together, within a bound
/// of memory: a table that finds no room to grow is written to disk, sorted, and begun anew; in the
/// end what is on disk is merged. The outcome depends neither on the threads nor on the bound.
///
/// Half of the bound belongs to the vocabularies in equal shares, so that none is crowded out; the
/// other half to whoever grows first. Reserved is what a table has, and half as much again for the
/// moment in which it grows or is sorted.
final class Tallies: Sendable {
  /// One vocabulary.
  struct Kind {
    /// The fields that share it, as they are named in errors.
    var name: String
    /// The most values it may have.
    var limit: Int
    /// Values seen fewer times are not kept.
    var minCount: Int
  }

  /// The most bytes that the tables may take.
  let memoryLimit: Int
  let tallies: [Tally]
  /// What each may reserve in any case.
  private let share: Int
  /// What is left for all.
  private let room: Mutex<Int>
  let file: SpillFile
  private let failed = Atomic(false)
  private let failure = Mutex<UserError?>(nil)

  final class Tally: @unchecked Sendable {
    // Sendable: all else is used under the lock, or by one thread at the end.
    let kind: Kind
    let lock = Mutex<Void>(())
    let table = ByteTable()
    var runs: [TallyRun] = []
    /// Taken of the common room.
    var drawn = 0
    /// Whether there were more values than the limit; then they are not kept.
    var isOver = false

    init(_ kind: Kind) { self.kind = kind }
  }

  /// - Parameters:
  ///   - memoryLimit: the most bytes that the tables may take; some KiB a vocabulary are taken in any case.
  ///   - folder: where what does not fit is written.
  init(_ kinds: [Kind], memoryLimit: Int, spillingTo folder: String) {
    self.memoryLimit = memoryLimit
    tallies = kinds.map { Tally($0) }
    share = memoryLimit / 2 / max(kinds.count, 1)
    room = Mutex(memoryLimit - share * kinds.count)
    file = SpillFile(in: folder)
  }

  /// Whether nothing is counted any more, for an error that ``check()`` throws.
  var hasFailed: Bool { failed.load(ordering: .relaxed) }
  /// How many bytes were written to disk.
  var spilled: Int { file.size }

  /// Throws what went wrong while counting: a disk that is full.
  func check() throws {
    if let error = failure.withLock({ $0 }) { throw error }
  }

  /// Counts the values of a field, which its columns then forget. Any thread may call it.
  func add(_ columns: ValueColumns, _ field: Int, to tally: Int) {
    let tally = tallies[tally]
    tally.lock.withLock { _ in
      let table = tally.table.storage
      if !tally.isOver && !hasFailed {
        makeRoom(for: columns.count(of: field), records: columns.longSize(of: field), in: tally)
      }
      let isCounted = !tally.isOver && !hasFailed
      columns.empty(field, into: table) { key, _ in if isCounted { table.pointee.add(1, to: key) } }
      checkLimit(of: tally)
    }
  }

  /// Counts one value many times.
  func add(_ count: Int, of key: ByteKey, to tally: Int) {
    let tally = tallies[tally]
    tally.lock.withLock { _ in
      guard !tally.isOver, !hasFailed else { return }
      makeRoom(for: 1, records: ByteTableStorage.recordSize(of: key.count), in: tally)
      if !hasFailed { tally.table.storage.pointee.add(count, to: key) }
      checkLimit(of: tally)
    }
  }

  private func checkLimit(of tally: Tally) {
    guard tally.table.count > tally.kind.limit else { return }
    tally.isOver = true
    tally.table.storage.pointee.removeAll()
    tally.runs = []
  }

  /// Lets a table grow if it must, or puts what it has on disk.
  private func makeRoom(for count: Int, records: Int, in tally: Tally) {
    let table = tally.table.storage
    guard let larger = table.pointee.growth(for: count, records: records) else { return }
    if draw(larger.memory * 3 / 2, for: tally) {
      table.pointee.grow(to: larger)
      return
    }
    do {
      try spill(tally)
    } catch {
      failure.withLock { $0 = $0 ?? (error as? UserError) }
      failed.store(true, ordering: .relaxed)
    }
  }

  /// Reserves so much for a table, if there is room.
  private func draw(_ size: Int, for tally: Tally) -> Bool {
    let more = max(size - share, 0) - tally.drawn
    let isThere = room.withLock { left in
      guard more <= left else { return false }
      left -= more
      return true
    }
    if isThere { tally.drawn += more }
    return isThere
  }

  /// Puts what a table has on disk, and begins it anew.
  func spill(_ tally: Tally) throws {
    guard tally.table.count > 0 else { return }
    var writer = TallyRunWriter(file)
    try tally.table.storage.pointee.drain { try writer.append($0, count: $1) }
    tally.runs.append(try writer.finish())
  }
}
