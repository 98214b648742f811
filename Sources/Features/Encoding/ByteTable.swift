import CIntrinsics

/// Distinct byte strings, each with a number (a count, a rank): open addressing, 16 bytes a place.
///
/// A string of up to eight bytes stands in its place, so that finding it touches one cache line,
/// which ``ByteTableStorage/prefetch(_:)`` fetches ahead; a longer one leads to a record in an arena. The state
/// stands behind a pointer that does not change: a class's own variables cost a check at each
/// access, and values are looked up a hundred million times in a log.
final class ByteTable: @unchecked Sendable {
  // Sendable as long as it is only added to by one owner, before it is shared.

  /// What does the work, for who keeps the table alive meanwhile.
  let storage = UnsafeMutablePointer<ByteTableStorage>.allocate(capacity: 1)

  /// - Parameter capacity: how many strings it will take without growing.
  init(capacity: Int = 8) { storage.initialize(to: ByteTableStorage(capacity: capacity)) }

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
  func merge(_ other: ByteTable) {
    for place in other.places {
      add(other.number(at: place), to: ByteKey(other.bytes(at: place)))
    }
  }
}

/// The arrays of a table, by hand.
struct ByteTableStorage {
  private struct Entry {
    /// A short string's bytes; for a long one the high half of its hash, and where its record
    /// begins in the arena, in words of eight bytes.
    var key: UInt64
    /// The number, and in the lowest byte the length + 1, or ``long``; 0 for a gap.
    var meta: UInt64
  }

  private static let long: UInt64 = 255

  private(set) var count = 0
  private var entries: UnsafeMutablePointer<Entry>
  private var mask: Int
  /// Records of long strings: the length in a word, then the bytes, up to a whole word.
  private var arena = UnsafeMutableRawPointer.allocate(byteCount: 64, alignment: 8)
  private var arenaCapacity = 64
  private var arenaUsed = 0

  var size: Int { mask + 1 }
  var memory: Int { size * MemoryLayout<Entry>.stride + arenaCapacity }

  init(capacity: Int) {
    var size = 16
    while size * 5 / 8 < capacity { size *= 2 }
    entries = Self.gaps(size)
    mask = size - 1
  }

  private static func gaps(_ size: Int) -> UnsafeMutablePointer<Entry> {
    let entries = UnsafeMutablePointer<Entry>.allocate(capacity: size)
    entries.initialize(repeating: Entry(key: 0, meta: 0), count: size)
    return entries
  }

  /// Forgets all strings, and gives back their memory.
  mutating func removeAll() {
    free()
    self = ByteTableStorage(capacity: 8)
  }

  func free() {
    arena.deallocate()
    entries.deallocate()
  }

  /// Fetches the place of a string into the cache.
  @inline(__always)
  func prefetch(_ key: ByteKey) {
    prefetch_line(entries + (Int(truncatingIfNeeded: key.hash) & mask))
  }

  /// The number of a string, or −1.
  @inline(__always)
  func find(_ key: ByteKey) -> Int {
    let (place, isThere) = probe(key)
    return isThere ? number(at: place) : -1
  }

  @inline(__always)
  mutating func add(_ amount: Int, to key: ByteKey) {
    let (place, isThere) = probe(key)
    if isThere {
      entries[place].meta &+= UInt64(truncatingIfNeeded: amount) << 8
    } else {
      insert(key, amount, place: place)
    }
  }

  mutating func insert(_ key: ByteKey, _ number: Int) -> Bool {
    let (place, isThere) = probe(key)
    if !isThere { insert(key, number, place: place) }
    return !isThere
  }

  func isTaken(_ place: Int) -> Bool { entries[place].meta != 0 }

  @inline(__always)
  func number(at place: Int) -> Int { Int(truncatingIfNeeded: entries[place].meta >> 8) }

  func bytes(at place: Int) -> UnsafeRawBufferPointer {
    let tag = entries[place].meta & 0xFF
    precondition(tag != 0, "a gap")
    if tag != Self.long {
      // Little-endian: the bytes of the word in memory are the string's.
      return UnsafeRawBufferPointer(start: entries + place, count: Int(tag) - 1)
    }
    let record = arena + Int(entries[place].key & 0xFFFF_FFFF) * 8
    return UnsafeRawBufferPointer(start: record + 8, count: record.load(as: Int.self))
  }

  /// The place of a string, or the gap where it would go.
  @inline(__always)
  private func probe(_ key: ByteKey) -> (place: Int, isThere: Bool) {
    var place = Int(truncatingIfNeeded: key.hash) & mask
    if key.count <= ByteKey.longestWord {
      let tag = UInt64(truncatingIfNeeded: key.count + 1)
      while true {
        let entry = entries[place]
        if entry.key == key.word && entry.meta & 0xFF == tag { return (place, true) }
        if entry.meta == 0 { return (place, false) }
        place = (place + 1) & mask
      }
    }
    while true {
      let entry = entries[place]
      if entry.meta == 0 { return (place, false) }
      if entry.meta & 0xFF == Self.long && (entry.key ^ key.hash) >> 32 == 0
        && bytes(at: place).elementsEqual(fast: key)
      {
        return (place, true)
      }
      place = (place + 1) & mask
    }
  }

  private mutating func insert(_ key: ByteKey, _ number: Int, place: Int) {
    var entry = Entry(key: key.word, meta: UInt64(truncatingIfNeeded: number) << 8)
    if key.count <= ByteKey.longestWord {
      entry.meta |= UInt64(truncatingIfNeeded: key.count + 1)
    } else {
      entry.key = key.hash & 0xFFFF_FFFF_0000_0000 | UInt64(truncatingIfNeeded: store(key) / 8)
      entry.meta |= Self.long
    }
    entries[place] = entry
    count += 1
    if count > size * 5 / 8 { grow() }
  }

  /// Puts a long string into the arena; returns where its record begins.
  private mutating func store(_ key: ByteKey) -> Int {
    let record = arenaUsed
    let size = 8 + (key.count + 7) / 8 * 8
    if record + size > arenaCapacity {
      let capacity = max(arenaCapacity * 3 / 2 / 8 * 8, record + size)
      let larger = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 8)
      larger.copyMemory(from: arena, byteCount: record)
      arena.deallocate()
      (arena, arenaCapacity) = (larger, capacity)
    }
    arena.storeBytes(of: key.count, toByteOffset: record, as: Int.self)
    (arena + record + 8).copyMemory(from: key.start!, byteCount: key.count)
    arenaUsed += size
    precondition(arenaUsed >> 35 == 0, "32 GiB of long values: hash the field")
    return record
  }

  private mutating func grow() {
    let larger = Self.gaps(2 * size)
    let mask = 2 * size - 1
    for old in 0..<size where entries[old].meta != 0 {
      var place = Int(truncatingIfNeeded: ByteKey(bytes(at: old)).hash) & mask
      while larger[place].meta != 0 { place = (place + 1) & mask }
      larger[place] = entries[old]
    }
    entries.deallocate()
    (entries, self.mask) = (larger, mask)
  }
}

extension UnsafeRawBufferPointer {
  /// Whether the bytes are those of a long key, eight at a time; the last eight may overlap.
  @inline(__always)
  fileprivate func elementsEqual(fast key: ByteKey) -> Bool {
    guard count == key.count, let other = key.start else { return false }
    var i = 0
    while i + 8 < count {
      if loadUnaligned(fromByteOffset: i, as: UInt64.self)
        != other.loadUnaligned(fromByteOffset: i, as: UInt64.self)
      {
        return false
      }
      i += 8
    }
    return loadUnaligned(fromByteOffset: count - 8, as: UInt64.self)
      == other.loadUnaligned(fromByteOffset: count - 8, as: UInt64.self)
  }
}
