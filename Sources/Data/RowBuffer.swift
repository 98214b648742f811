import Support

/// Encoded rows that are being collected, laid out as a segment or a shard is.
package final class RowBuffer {
  package let slots: Int
  package let kind: RowKind
  /// [rows × slots], the values empty where all are 1.
  package private(set) var ids = GrowingMemory<Int32>()
  package private(set) var values = GrowingMemory<Float>()
  /// [rows], the last three empty where the rows have none.
  package private(set) var labels = GrowingMemory<Float>()
  package private(set) var weights = GrowingMemory<Float>()
  package private(set) var times = GrowingMemory<Int64>()
  package private(set) var groups = GrowingMemory<UInt64>()

  /// The number of rows.
  package var count: Int { labels.count }
  /// The number of bytes.
  package var size: Int { count * kind.size(slots: slots) }

  package init(slots: Int, _ kind: RowKind) {
    (self.slots, self.kind) = (slots, kind)
  }

  /// Makes room for further rows, which the caller is to write, every part of each; returns the first.
  package func extend(by rows: Int) -> Int {
    ids.extend(by: rows * slots)
    if kind.isWeighted { values.extend(by: rows * slots) }
    if kind.hasWeights { weights.extend(by: rows) }
    if kind.hasTimes { times.extend(by: rows) }
    if kind.hasGroups { groups.extend(by: rows) }
    return labels.extend(by: rows)
  }

  /// Appends rows of another buffer of the same kind.
  package func append(_ rows: Range<Int>, of other: RowBuffer) {
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
  package func reserve(_ rows: Int) {
    ids.reserve(rows * slots)
    if kind.isWeighted { values.reserve(rows * slots) }
    labels.reserve(rows)
    if kind.hasWeights { weights.reserve(rows) }
    if kind.hasTimes { times.reserve(rows) }
    if kind.hasGroups { groups.reserve(rows) }
  }

  /// Forgets the rows and keeps the memory.
  package func removeAll() {
    ids.removeAll()
    values.removeAll()
    labels.removeAll()
    weights.removeAll()
    times.removeAll()
    groups.removeAll()
  }

  /// Forgets the first rows.
  package func removeFirst(_ rows: Int) {
    ids.removeFirst(rows * slots)
    if kind.isWeighted { values.removeFirst(rows * slots) }
    labels.removeFirst(rows)
    if kind.hasWeights { weights.removeFirst(rows) }
    if kind.hasTimes { times.removeFirst(rows) }
    if kind.hasGroups { groups.removeFirst(rows) }
  }

  /// Some rows as a batch.
  package func batch(of rows: Range<Int>, _ layout: BatchLayout) -> Batch {
    let cells = rows.lowerBound * slots..<rows.upperBound * slots
    return Batch(
      layout: layout, ids: ids.copy(cells), values: kind.isWeighted ? values.copy(cells) : nil,
      labels: labels.copy(rows), weights: kind.hasWeights ? weights.copy(rows) : nil)
  }

  /// The groups of some rows; nil where rows have none.
  package func groups(of rows: Range<Int>) -> [UInt64]? {
    kind.hasGroups ? groups.copy(rows) : nil
  }

  /// A copy of some rows.
  package func segment(of rows: Range<Int>) -> Segment {
    Segment(rows: rows.count, slots: slots, kind) { target in
      func copy<Element>(
        _ source: UnsafeMutablePointer<Element>, _ target: UnsafeMutablePointer<Element>?,
        width: Int = 1
      ) {
        target?.initialize(
          from: source + rows.lowerBound * width, count: rows.count * width)
      }
      copy(ids.base, target.ids, width: slots)
      copy(values.base, target.values, width: slots)
      copy(labels.base, target.labels)
      copy(weights.base, target.weights)
      copy(times.base, target.times)
      copy(groups.base, target.groups)
    }
  }
}

/// An array without checks, which grows by halves.
package struct GrowingMemory<Element: BitwiseCopyable>: ~Copyable {
  package private(set) var base = UnsafeMutablePointer<Element>.allocate(capacity: 0)
  package private(set) var count = 0
  private var capacity = 0

  init() {}

  deinit { base.deallocate() }

  /// The elements' bytes, valid until the next change.
  package var bytes: UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(UnsafeBufferPointer(start: base, count: count))
  }

  @discardableResult
  mutating func extend(by size: Int) -> Int {
    if count + size > capacity { move(to: max(capacity + capacity / 2, count + size, 64)) }
    defer { count += size }
    return count
  }

  mutating func append(_ elements: UnsafePointer<Element>, _ size: Int) {
    let first = extend(by: size)
    (base + first).initialize(from: elements, count: size)
  }

  mutating func removeAll() { count = 0 }

  mutating func removeFirst(_ size: Int) {
    base.update(from: base + size, count: count - size)
    count -= size
  }

  func copy(_ range: Range<Int>) -> [Element] {
    Array(UnsafeBufferPointer(start: base + range.lowerBound, count: range.count))
  }

  mutating func reserve(_ size: Int) {
    if size > capacity { move(to: size) }
  }

  private mutating func move(to larger: Int) {
    base.grow(to: larger, keeping: count)
    capacity = larger
  }
}
