import Support

/// Values that wait to be counted or looked up, field by field: so that a table is used many times in
/// a row, while it is in the cache, with the places of the next values on their way.
///
/// It holds the values' bytes. Copies share one memory.
struct ValueColumns {
  /// How many values of a field wait at most.
  static let capacity = 256
  /// How many values ahead places are fetched.
  private static let ahead = 10

  /// A value of up to eight bytes as its word, or where a longer one begins in the text.
  struct Value {
    var word: UInt64
    var count: UInt32
    /// Whatever the user of the columns wants to know of it.
    var slot: Int32
  }

  private let values: UnsafeMutablePointer<Value>
  private let counts: UnsafeMutablePointer<Int>
  private let text = Text()
  private let owners: (FixedArray<Value>, FixedArray<Int>)

  init(fields: Int) {
    owners = (
      FixedArray(repeating: Value(word: 0, count: 0, slot: 0), count: fields * Self.capacity),
      FixedArray(repeating: 0, count: fields)
    )
    (values, counts) = (owners.0.base, owners.1.base)
  }

  /// How many values of a field wait.
  @inline(__always)
  func count(of field: Int) -> Int { counts[field] }
  /// The bytes that the long values of all fields together take.
  var textSize: Int { text.used }

  /// Adds a value; true when its field is full and must be emptied.
  @inline(__always)
  func append(_ bytes: UnsafeRawBufferPointer, slot: Int32 = 0, field: Int) -> Bool {
    let word =
      bytes.count <= ByteKey.longestWord
      ? ByteKey.word(bytes) : UInt64(truncatingIfNeeded: text.append(bytes))
    return append(word: word, count: bytes.count, slot: slot, field: field)
  }

  /// Adds a value of up to eight bytes.
  @inline(__always)
  func append(word: UInt64, count: Int, slot: Int32 = 0, field: Int) -> Bool {
    let index = counts[field]
    values[field &* Self.capacity &+ index] = Value(
      word: word, count: UInt32(truncatingIfNeeded: count), slot: slot)
    counts[field] = index &+ 1
    return index &+ 1 == Self.capacity
  }

  /// Calls `body` with each value of a field and forgets them.
  ///
  /// - Parameter table: the one that `body` looks into.
  @inline(__always)
  func empty(
    _ field: Int, into table: UnsafeMutablePointer<ByteTableStorage>,
    _ body: (ByteKey, Int32) -> Void
  ) {
    let (values, count) = (values + field * Self.capacity, counts[field])
    for index in 0..<min(Self.ahead, count) { table.pointee.prefetch(key(values[index])) }
    for index in 0..<count {
      if index &+ Self.ahead < count {
        table.pointee.prefetch(key(values[index &+ Self.ahead]))
      }
      body(key(values[index]), values[index].slot)
    }
    counts[field] = 0
  }

  /// The bytes that the long values of a field take in a table.
  func longSize(of field: Int) -> Int {
    let values = values + field * Self.capacity
    return (0..<counts[field]).reduce(0) { sum, index in
      let count = Int(values[index].count)
      return count <= ByteKey.longestWord ? sum : sum + ByteTableStorage.recordSize(of: count)
    }
  }

  /// Forgets the text of long values, once no field has any.
  func removeText() { text.used = 0 }

  @inline(__always)
  private func key(_ value: Value) -> ByteKey {
    let count = Int(value.count)
    if count <= ByteKey.longestWord { return ByteKey(word: value.word, count: count) }
    return ByteKey(
      UnsafeRawBufferPointer(start: text.base + Int(truncatingIfNeeded: value.word), count: count))
  }

  /// The bytes of long values.
  private final class Text {
    private(set) var base = UnsafeMutableRawPointer.allocate(byteCount: 1 << 12, alignment: 8)
    private var capacity = 1 << 12
    var used = 0

    func append(_ bytes: UnsafeRawBufferPointer) -> Int {
      if used + bytes.count > capacity {
        let larger = max(2 * capacity, used + bytes.count)
        let memory = UnsafeMutableRawPointer.allocate(byteCount: larger, alignment: 8)
        memory.copyMemory(from: base, byteCount: used)
        base.deallocate()
        (base, capacity) = (memory, larger)
      }
      (base + used).copyMemory(from: bytes.baseAddress!, byteCount: bytes.count)
      defer { used += bytes.count }
      return used
    }

    deinit { base.deallocate() }
  }
}
