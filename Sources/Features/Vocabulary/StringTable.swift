/// Distinct byte strings, each with a number (a count, a rank): open addressing, 16 bytes a place.
///
/// A string of up to eight bytes stands in its place, so that finding it touches one cache line,
/// which ``StringTableStorage/prefetch(_:)`` fetches ahead; a longer one leads to a record in an arena. The state
/// stands behind a pointer that does not change: a class's own variables cost a check at each
/// access, and values are looked up a hundred million times in a log.
final class StringTable: @unchecked Sendable {
  // Sendable as long as it is only added to by one owner, before it is shared.

  /// What does the work, for who keeps the table alive meanwhile.
  let storage = UnsafeMutablePointer<StringTableStorage>.allocate(capacity: 1)

  /// - Parameter capacity: how many strings it will take without growing.
  init(capacity: Int = 8) { storage.initialize(to: StringTableStorage(capacity: capacity)) }

  deinit {
    storage.pointee.free()
    storage.deallocate()
  }

  /// The number of strings.
  var count: Int { storage.pointee.count }
  /// The memory it takes, in bytes.
  var memory: Int { storage.pointee.memory }
  /// The places that hold strings, in no order that means anything.
  var places: some Sequence<Int> {
    let storage = storage
    return (0..<storage.pointee.size).lazy.filter { storage.pointee.isTaken($0) }
  }

  /// The number of a string, or −1.
  func find(_ key: ByteKey) -> Int { storage.pointee.find(key) }
  /// Adds to the number of a string, which is 0 as long as it is not here.
  func add(_ amount: Int, to key: ByteKey) { storage.pointee.add(amount, to: key) }
  /// Gives a new string its number; false where it is here already.
  func insert(_ key: ByteKey, _ number: Int) -> Bool { storage.pointee.insert(key, number) }
  /// The string at a place, valid as long as the table and until the next insertion.
  func bytes(at place: Int) -> UnsafeRawBufferPointer { storage.pointee.bytes(at: place) }
  /// The number at a place.
  func number(at place: Int) -> Int { storage.pointee.number(at: place) }

  /// Adds the numbers of another table.
  func merge(_ other: StringTable) {
    for place in other.places {
      add(other.number(at: place), to: ByteKey(other.bytes(at: place)))
    }
  }
}
