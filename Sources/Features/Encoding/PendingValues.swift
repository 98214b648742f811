/// The values of a row that are looked up in tables, together at its end: the tables' places are on
/// their way into the cache while the rest of the row is read.
///
/// It borrows the values' bytes, which must stay where they are until then. Copies share one buffer.
struct PendingValues {
  struct Value {
    let key: ByteKey
    let x: Float
    let field: Int32
  }

  private final class Buffer {
    var start = UnsafeMutablePointer<Value>.allocate(capacity: 64)
    deinit { start.deallocate() }
  }

  private let buffer = Buffer()
  private var start: UnsafeMutablePointer<Value>
  private var capacity = 64
  private(set) var count = 0

  init() { start = buffer.start }

  @inline(__always)
  subscript(_ index: Int) -> Value { start[index] }

  mutating func removeAll() { count = 0 }

  @inline(__always)
  mutating func append(_ value: Value) {
    if count == capacity { grow() }
    (start + count).initialize(to: value)
    count += 1
  }

  private mutating func grow() {
    let larger = UnsafeMutablePointer<Value>.allocate(capacity: 2 * capacity)
    larger.update(from: start, count: count)
    start.deallocate()
    capacity *= 2
    (start, buffer.start) = (larger, larger)
  }
}
