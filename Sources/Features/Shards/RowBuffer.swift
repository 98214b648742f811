import Data

/// Rows on their way into a shard, as a shard lays them out.
struct RowBuffer: ~Copyable {
  let slots: Int
  let kind: RowKind
  private(set) var ids = GrowingMemory<Int32>()
  private(set) var values = GrowingMemory<Float>()
  private(set) var labels = GrowingMemory<Float>()
  private(set) var weights = GrowingMemory<Float>()
  private(set) var times = GrowingMemory<Int64>()
  private(set) var groups = GrowingMemory<UInt64>()

  /// The number of rows.
  var count: Int { labels.count }

  /// The number of bytes.
  var size: Int {
    ids.bytes.count + values.bytes.count + labels.bytes.count + weights.bytes.count
      + times.bytes.count + groups.bytes.count
  }

  init(slots: Int, _ kind: RowKind) {
    (self.slots, self.kind) = (slots, kind)
  }

  /// Appends a row.
  @inline(__always)
  mutating func append(
    ids: UnsafePointer<Int32>, values: UnsafePointer<Float>?, _ head: RowHead
  ) {
    self.ids.append(ids, slots)
    if kind.isWeighted, let values { self.values.append(values, slots) }
    labels.append(head.label)
    if kind.hasWeights { weights.append(head.weight) }
    if kind.hasTimes { times.append(head.time) }
    if kind.hasGroups { groups.append(head.group) }
  }

  /// Appends rows of another buffer of the same kind.
  @inline(__always)
  mutating func append(_ rows: Range<Int>, of other: borrowing RowBuffer) {
    let (first, count) = (rows.lowerBound, rows.count)
    ids.append(other.ids.base + first * slots, count * slots)
    if kind.isWeighted { values.append(other.values.base + first * slots, count * slots) }
    labels.append(other.labels.base + first, count)
    if kind.hasWeights { weights.append(other.weights.base + first, count) }
    if kind.hasTimes { times.append(other.times.base + first, count) }
    if kind.hasGroups { groups.append(other.groups.base + first, count) }
  }

  /// Makes room for so many rows, which the system provides as they come: nothing has to be copied
  /// for growing later.
  mutating func reserve(_ rows: Int) {
    ids.reserve(rows * slots)
    if kind.isWeighted { values.reserve(rows * slots) }
    labels.reserve(rows)
    if kind.hasWeights { weights.reserve(rows) }
    if kind.hasTimes { times.reserve(rows) }
    if kind.hasGroups { groups.reserve(rows) }
  }

  /// Forgets the rows and keeps the memory.
  mutating func removeAll() {
    ids.removeAll()
    values.removeAll()
    labels.removeAll()
    weights.removeAll()
    times.removeAll()
    groups.removeAll()
  }
}

/// An array without checks, which grows by halves.
struct GrowingMemory<Element: BitwiseCopyable>: ~Copyable {
  private(set) var base = UnsafeMutablePointer<Element>.allocate(capacity: 0)
  private(set) var count = 0
  private var capacity = 0

  init() {}

  deinit { base.deallocate() }

  /// The elements' bytes, valid until the next change.
  var bytes: UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(UnsafeBufferPointer(start: base, count: count))
  }

  @inline(__always)
  mutating func append(_ element: Element) {
    if count == capacity { grow(1) }
    base[count] = element
    count += 1
  }

  @inline(__always)
  mutating func append(_ elements: UnsafePointer<Element>, _ size: Int) {
    if count + size > capacity { grow(size) }
    (base + count).initialize(from: elements, count: size)
    count += size
  }

  mutating func removeAll() { count = 0 }

  mutating func reserve(_ size: Int) {
    if size > capacity { move(to: size) }
  }

  private mutating func grow(_ size: Int) {
    move(to: max(capacity + capacity / 2, count + size, 64))
  }

  private mutating func move(to larger: Int) {
    let memory = UnsafeMutablePointer<Element>.allocate(capacity: larger)
    memory.initialize(from: base, count: count)
    base.deallocate()
    (base, capacity) = (memory, larger)
  }
}
