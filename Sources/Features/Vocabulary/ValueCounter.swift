import Support
import Synchronization

/// How often each value of each vocabulary was seen, counted by all threads together, within a bound
/// of memory: a table that finds no room to grow is written to disk, sorted, and begun anew; in the
/// end what is on disk is merged. The outcome depends neither on the threads nor on the bound.
///
/// Half of the bound belongs to the vocabularies in equal shares, so that none is crowded out; the
/// other half to whoever grows first. Reserved is what a table has, and half as much again for the
/// moment in which it grows or is sorted.
package final class ValueCounter: Sendable {
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
  let counts: [Counts]
  /// What each may reserve in any case.
  private let share: Int
  /// What is left for all.
  private let room: Mutex<Int>
  let file: SpillFile
  private let failed = Atomic(false)
  private let failure = Mutex<UserError?>(nil)

  final class Counts: @unchecked Sendable {
    // Sendable: all else is used under the lock, or by one thread at the end.
    let kind: Kind
    let lock = Mutex<Void>(())
    let table = StringTable()
    var runs: [SpillRun] = []
    /// Taken of the common room.
    var drawn = 0
    /// Whether there were more values than the limit; then they are not kept.
    var isOver = false

    init(_ kind: Kind) { self.kind = kind }

    /// Keeps no values any more, for there are too many.
    func giveUp() {
      isOver = true
      table.storage.pointee.removeAll()
      runs = []
    }
  }

  /// - Parameters:
  ///   - memoryLimit: the most bytes that the tables may take; some KiB a vocabulary are taken in any case.
  ///   - folder: where what does not fit is written.
  init(_ kinds: [Kind], memoryLimit: Int, spillingTo folder: String) {
    self.memoryLimit = memoryLimit
    counts = kinds.map { Counts($0) }
    share = memoryLimit / 2 / max(kinds.count, 1)
    room = Mutex(memoryLimit - share * kinds.count)
    file = SpillFile(in: folder, remedy: "allow more memory with --max-vocabulary-memory")
  }

  /// Whether nothing is counted any more, for an error that ``check()`` throws.
  package var hasFailed: Bool { failed.load(ordering: .relaxed) }
  /// How many bytes were written to disk.
  package var spilled: Int { file.size }

  /// Throws what went wrong while counting: a disk that is full.
  package func check() throws {
    if let error = failure.withLock({ $0 }) { throw error }
  }

  /// How many values ahead places are fetched.
  private static let ahead = 10

  /// Counts values of a vocabulary. Any thread may call it.
  /// - Parameter amounts: how often each was seen; nil for once.
  func add(
    _ keys: UnsafeBufferPointer<ByteKey>, to vocabulary: Int,
    amounts: UnsafePointer<Int>? = nil
  ) {
    let counts = counts[vocabulary]
    counts.lock.withLock { _ in
      guard !counts.isOver, !hasFailed else { return }
      let records = keys.reduce(0) {
        $1.count <= ByteKey.longestWord
          ? $0 : $0 + StringTableStorage.recordSize(of: $1.count)
      }
      makeRoom(for: keys.count, records: records, in: counts)
      if hasFailed { return }
      let table = counts.table.storage
      for index in 0..<min(Self.ahead, keys.count) { table.pointee.prefetch(keys[index]) }
      for index in 0..<keys.count {
        if index &+ Self.ahead < keys.count { table.pointee.prefetch(keys[index &+ Self.ahead]) }
        table.pointee.add(amounts?[index] ?? 1, to: keys[index])
      }
      checkLimit(of: counts)
    }
  }

  /// Counts one value many times.
  func add(_ count: Int, of key: ByteKey, to vocabulary: Int) {
    let counts = counts[vocabulary]
    counts.lock.withLock { _ in
      guard !counts.isOver, !hasFailed else { return }
      makeRoom(for: 1, records: StringTableStorage.recordSize(of: key.count), in: counts)
      if !hasFailed { counts.table.storage.pointee.add(count, to: key) }
      checkLimit(of: counts)
    }
  }

  private func checkLimit(of counts: Counts) {
    if counts.table.count > counts.kind.limit { counts.giveUp() }
  }

  /// Lets a table grow if it must, or puts what it has on disk.
  private func makeRoom(for count: Int, records: Int, in counts: Counts) {
    let table = counts.table.storage
    guard let larger = table.pointee.growth(for: count, records: records) else { return }
    if draw(larger.memory * 3 / 2, for: counts) {
      table.pointee.grow(to: larger)
      return
    }
    do {
      try spill(counts)
    } catch {
      failure.withLock { $0 = $0 ?? (error as? UserError) }
      failed.store(true, ordering: .relaxed)
    }
  }

  /// Reserves so much for a table, if there is room.
  private func draw(_ size: Int, for counts: Counts) -> Bool {
    let more = max(size - share, 0) - counts.drawn
    let isThere = room.withLock { left in
      guard more <= left else { return false }
      left -= more
      return true
    }
    if isThere { counts.drawn += more }
    return isThere
  }

  /// Puts what a table has on disk, and begins it anew.
  func spill(_ counts: Counts) throws {
    guard counts.table.count > 0 else { return }
    var writer = SortedRunWriter(file)
    try counts.table.storage.pointee.drain { try writer.append($0, count: $1) }
    counts.runs.append(try writer.finish())
  }
}
