/// Distinct byte strings, numbered in the order of their arrival: open addressing over one arena.
///
/// The hash is fixed, not Swift's own, and never decides an order. The state stands behind a
/// pointer that does not change: a class's own variables cost a check at each access, and values
/// are looked up a hundred million times in a log.
final class ByteTable: @unchecked Sendable {
  // Sendable as long as it is only added to by one owner, before it is shared.
  private let state = UnsafeMutablePointer<State>.allocate(capacity: 1)

  init() { state.initialize(to: State()) }

  deinit {
    state.pointee.free()
    state.deallocate()
  }

  /// The number of strings.
  var count: Int { state.pointee.count }

  /// The string of a number, valid as long as the table and until the next insertion.
  subscript(_ number: Int) -> UnsafeRawBufferPointer { state.pointee[number] }

  /// The number of a string, or −1.
  @inline(__always)
  func find(_ bytes: UnsafeRawBufferPointer) -> Int {
    state.pointee.probe(bytes, hash: State.hash(bytes)).number
  }

  /// The number of a string, which is added if it is new.
  @inline(__always)
  func insert(_ bytes: UnsafeRawBufferPointer) -> Int {
    let hash = State.hash(bytes)
    let (place, number) = state.pointee.probe(bytes, hash: hash)
    return number >= 0 ? number : state.pointee.add(bytes, hash: hash, place: place)
  }
}

/// The arrays of a table, by hand.
private struct State {
  private(set) var count = 0
  private var arena = UnsafeMutableRawPointer.allocate(byteCount: 256, alignment: 8)
  private var arenaCapacity = 256
  /// Where each string begins; one more for the end.
  private var starts = UnsafeMutablePointer<Int>.allocate(capacity: 9)
  /// The high half of the hash, and the number + 1 in the low half; 0 for a gap. Twice as many as
  /// strings fit into `starts`.
  private var places = UnsafeMutablePointer<UInt64>.allocate(capacity: 16)
  private var mask = 15

  init() {
    starts[0] = 0
    places.initialize(repeating: 0, count: 16)
  }

  func free() {
    arena.deallocate()
    starts.deallocate()
    places.deallocate()
  }

  subscript(_ number: Int) -> UnsafeRawBufferPointer {
    precondition(number >= 0 && number < count)
    return UnsafeRawBufferPointer(
      start: arena + starts[number], count: starts[number + 1] - starts[number])
  }

  /// The place of a string with its number, or of the gap where it would go with −1.
  @inline(__always)
  func probe(_ bytes: UnsafeRawBufferPointer, hash: UInt64) -> (place: Int, number: Int) {
    var place = Int(truncatingIfNeeded: hash >> 32) & mask
    while true {
      let entry = places[place]
      if entry == 0 { return (place, -1) }
      if (entry ^ hash) >> 32 == 0 {
        let number = Int(truncatingIfNeeded: entry & 0xFFFF_FFFF) - 1
        if equals(number, bytes) { return (place, number) }
      }
      place = (place + 1) & mask
    }
  }

  @inline(__always)
  private func equals(_ number: Int, _ bytes: UnsafeRawBufferPointer) -> Bool {
    let start = starts[number]
    guard starts[number + 1] - start == bytes.count else { return false }
    var i = 0
    while i + 8 <= bytes.count {
      if (arena + start + i).loadUnaligned(as: UInt64.self)
        != bytes.loadUnaligned(fromByteOffset: i, as: UInt64.self)
      {
        return false
      }
      i += 8
    }
    while i < bytes.count {
      if (arena + start + i).load(as: UInt8.self) != bytes[i] { return false }
      i += 1
    }
    return true
  }

  mutating func add(_ bytes: UnsafeRawBufferPointer, hash: UInt64, place: Int) -> Int {
    let start = starts[count]
    if start + bytes.count > arenaCapacity {
      let capacity = max(arenaCapacity * 2, start + bytes.count)
      let larger = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 8)
      larger.copyMemory(from: arena, byteCount: start)
      arena.deallocate()
      (arena, arenaCapacity) = (larger, capacity)
    }
    if let base = bytes.baseAddress {
      (arena + start).copyMemory(from: base, byteCount: bytes.count)
    }
    count += 1
    starts[count] = start + bytes.count
    places[place] = hash & 0xFFFF_FFFF_0000_0000 | UInt64(count)
    if count * 2 > mask { grow() }
    return count - 1
  }

  private mutating func grow() {
    let size = 2 * (mask + 1)
    let larger = UnsafeMutablePointer<UInt64>.allocate(capacity: size)
    larger.initialize(repeating: 0, count: size)
    for old in 0...mask where places[old] != 0 {
      var place = Int(truncatingIfNeeded: places[old] >> 32) & (size - 1)
      while larger[place] != 0 { place = (place + 1) & (size - 1) }
      larger[place] = places[old]
    }
    places.deallocate()
    (places, mask) = (larger, size - 1)
    let longer = UnsafeMutablePointer<Int>.allocate(capacity: size / 2 + 1)
    longer.update(from: starts, count: count + 1)
    starts.deallocate()
    starts = longer
  }

  /// Multiplies and folds, eight bytes at a time.
  @inline(__always)
  static func hash(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
    func mix(_ a: UInt64, _ b: UInt64) -> UInt64 {
      let product = a.multipliedFullWidth(by: b)
      return product.high ^ product.low
    }
    var hash = 0x9E37_79B9_7F4A_7C15 ^ UInt64(bytes.count)
    var i = 0
    while i + 8 <= bytes.count {
      let word = bytes.loadUnaligned(fromByteOffset: i, as: UInt64.self)
      hash = mix(hash ^ UInt64(littleEndian: word), 0xA076_1D64_78BD_642F)
      i += 8
    }
    var tail: UInt64 = 0
    while i < bytes.count {
      tail = tail << 8 | UInt64(bytes[i])
      i += 1
    }
    return mix(hash ^ tail, 0xE703_7ED1_A0B4_28DB)
  }
}
