import CIntrinsics
import Glibc

/// The arrays of a table, by hand.
struct StringTableStorage {
  struct Entry {
    /// A short string's bytes; for a long one the high half of its hash, and where its record
    /// begins in the arena, in words of eight bytes.
    var key: UInt64
    /// The number, and in the lowest byte the length + 1, or ``long``; 0 for a gap.
    var meta: UInt64
  }

  static let long: UInt64 = 255

  private(set) var count = 0
  private(set) var entries: UnsafeMutablePointer<Entry>
  private var mask: Int
  /// Records of long strings: the length in a word, then the bytes, up to a whole word.
  private(set) var arena = UnsafeMutableRawPointer.allocate(byteCount: 64, alignment: 8)
  private var arenaCapacity = 64
  private(set) var arenaUsed = 0

  var size: Int { mask + 1 }
  var memory: Int { Size(places: size, arena: arenaCapacity).memory }

  /// How large a table is: the places, and the bytes for long strings.
  struct Size {
    var places: Int
    var arena: Int
    var memory: Int { places * MemoryLayout<Entry>.stride + arena }
  }

  init(capacity: Int) {
    let size = Self.size(for: capacity)
    entries = Self.gaps(size)
    mask = size - 1
  }

  /// The least number of places that so many strings may take.
  static func size(for count: Int) -> Int {
    var size = 16
    while size * 5 / 8 < count { size *= 2 }
    return size
  }

  /// What a string of more than eight bytes takes beside its place.
  static func recordSize(of count: Int) -> Int { 8 + (count + 7) / 8 * 8 }

  /// Large ones in large pages: places are met in no order, and each page costs a look-up of its own.
  private static func gaps(_ size: Int) -> UnsafeMutablePointer<Entry> {
    let (bytes, largePage) = (size * MemoryLayout<Entry>.stride, 2 << 20)
    let isLarge = bytes >= largePage
    let memory = UnsafeMutableRawPointer.allocate(
      byteCount: bytes, alignment: isLarge ? largePage : 64)
    if isLarge { madvise(memory, bytes, 14 /* MADV_HUGEPAGE */) }
    let entries = memory.bindMemory(to: Entry.self, capacity: size)
    entries.initialize(repeating: Entry(key: 0, meta: 0), count: size)
    return entries
  }

  /// What it must become to take further strings, with records of so many bytes; nil if it can.
  func growth(for more: Int, records: Int) -> Size? {
    let size = max(Self.size(for: count + more), size)
    let needed = arenaUsed + records
    if size == self.size && needed <= arenaCapacity { return nil }
    return Size(
      places: size,
      arena: needed <= arenaCapacity ? arenaCapacity : max(arenaCapacity * 3 / 2, needed))
  }

  mutating func grow(to larger: Size) {
    if larger.places > size { grow(to: larger.places) }
    if larger.arena > arenaCapacity { growArena(to: larger.arena) }
  }

  /// Forgets all strings and keeps the memory.
  mutating func clear() {
    entries.update(repeating: Entry(key: 0, meta: 0), count: size)
    (count, arenaUsed) = (0, 0)
  }

  /// Changes the number at a place.
  mutating func setNumber(_ number: Int, at place: Int) {
    entries[place].meta = entries[place].meta & 0xFF | UInt64(truncatingIfNeeded: number) << 8
  }

  /// Forgets all strings, and gives back their memory.
  mutating func removeAll() {
    free()
    self = StringTableStorage(capacity: 8)
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
    if count > size * 5 / 8 { grow(to: 2 * size) }
  }

  /// Puts a long string into the arena; returns where its record begins.
  private mutating func store(_ key: ByteKey) -> Int {
    let record = arenaUsed
    let size = Self.recordSize(of: key.count)
    if record + size > arenaCapacity { growArena(to: max(arenaCapacity * 3 / 2, record + size)) }
    arena.storeBytes(of: key.count, toByteOffset: record, as: Int.self)
    (arena + record + 8).copyMemory(from: key.start!, byteCount: key.count)
    arenaUsed += size
    precondition(arenaUsed >> 35 == 0, "32 GiB of long values: hash the field")
    return record
  }

  private mutating func growArena(to capacity: Int) {
    let larger = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 8)
    larger.copyMemory(from: arena, byteCount: arenaUsed)
    arena.deallocate()
    (arena, arenaCapacity) = (larger, capacity)
  }

  private mutating func grow(to newSize: Int) {
    let larger = Self.gaps(newSize)
    let mask = newSize - 1
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
