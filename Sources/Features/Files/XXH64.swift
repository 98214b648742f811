/// XXH64, a fast hash that is the same on every machine: the checksum of shards and of input files,
/// and a value's bucket where a field is hashed.
///
/// Not cryptographic: it finds damage, not forgery. See xxhash.com for its definition.
public struct XXH64: Sendable {
  private static let prime1: UInt64 = 0x9E37_79B1_85EB_CA87
  private static let prime2: UInt64 = 0xC2B2_AE3D_27D4_EB4F
  private static let prime3: UInt64 = 0x1656_67B1_9E37_79F9
  private static let prime4: UInt64 = 0x85EB_CA77_C2B2_AE63
  private static let prime5: UInt64 = 0x27D4_EB2F_1656_67C5
  private static let stripe = 32

  private let seed: UInt64
  private var lanes: (UInt64, UInt64, UInt64, UInt64)
  private var length: UInt64 = 0
  /// Bytes that do not fill a stripe yet, fewer than 32.
  private var rest: [UInt8] = []

  /// The hash of no bytes so far.
  public init(seed: UInt64 = 0) {
    self.seed = seed
    lanes = Self.start(seed)
  }

  /// The hash of some bytes.
  @inline(__always)
  public static func hash(_ bytes: UnsafeRawBufferPointer, seed: UInt64 = 0) -> UInt64 {
    var lanes = start(seed)
    let tail = consume(bytes, &lanes)
    return finish(tail, lanes, length: UInt64(bytes.count), seed: seed)
  }

  /// Adds bytes behind those before; how they are cut does not matter.
  public mutating func add(_ bytes: UnsafeRawBufferPointer) {
    length &+= UInt64(bytes.count)
    var bytes = bytes
    if !rest.isEmpty {
      let missing = min(Self.stripe - rest.count, bytes.count)
      rest += bytes[..<missing]
      guard rest.count == Self.stripe else { return }
      _ = rest.withUnsafeBytes { Self.consume($0, &lanes) }
      rest.removeAll(keepingCapacity: true)
      bytes = UnsafeRawBufferPointer(rebasing: bytes[missing...])
    }
    rest += Self.consume(bytes, &lanes)
  }

  /// The hash of all bytes so far.
  public var value: UInt64 {
    rest.withUnsafeBytes { Self.finish($0, lanes, length: length, seed: seed) }
  }

  @inline(__always)
  private static func start(_ seed: UInt64) -> (UInt64, UInt64, UInt64, UInt64) {
    (seed &+ prime1 &+ prime2, seed &+ prime2, seed, seed &- prime1)
  }

  @inline(__always)
  private static func rotate(_ word: UInt64, _ bits: UInt64) -> UInt64 {
    word &<< bits | word &>> (64 &- bits)
  }

  @inline(__always)
  private static func round(_ lane: UInt64, _ word: UInt64) -> UInt64 {
    rotate(lane &+ word &* prime2, 31) &* prime1
  }

  /// Takes all whole stripes; returns what is left.
  @inline(__always)
  private static func consume(
    _ bytes: UnsafeRawBufferPointer, _ lanes: inout (UInt64, UInt64, UInt64, UInt64)
  ) -> UnsafeRawBufferPointer {
    let whole = bytes.count & ~(stripe - 1)
    guard whole > 0, let base = bytes.baseAddress else { return bytes }
    var (a, b, c, d) = lanes
    var at = base
    let end = base + whole
    while at < end {
      a = round(a, UInt64(littleEndian: at.loadUnaligned(as: UInt64.self)))
      b = round(b, UInt64(littleEndian: at.loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
      c = round(c, UInt64(littleEndian: at.loadUnaligned(fromByteOffset: 16, as: UInt64.self)))
      d = round(d, UInt64(littleEndian: at.loadUnaligned(fromByteOffset: 24, as: UInt64.self)))
      at += stripe
    }
    lanes = (a, b, c, d)
    return UnsafeRawBufferPointer(start: end, count: bytes.count - whole)
  }

  @inline(__always)
  private static func finish(
    _ tail: UnsafeRawBufferPointer, _ lanes: (UInt64, UInt64, UInt64, UInt64), length: UInt64,
    seed: UInt64
  ) -> UInt64 {
    var hash = seed &+ prime5
    if length >= UInt64(stripe) {
      hash =
        rotate(lanes.0, 1) &+ rotate(lanes.1, 7) &+ rotate(lanes.2, 12) &+ rotate(lanes.3, 18)
      for lane in [lanes.0, lanes.1, lanes.2, lanes.3] {
        hash = (hash ^ round(0, lane)) &* prime1 &+ prime4
      }
    }
    hash &+= length
    var at = 0
    while at + 8 <= tail.count {
      let word = UInt64(littleEndian: tail.loadUnaligned(fromByteOffset: at, as: UInt64.self))
      hash = rotate(hash ^ round(0, word), 27) &* prime1 &+ prime4
      at += 8
    }
    if at + 4 <= tail.count {
      let word = UInt32(littleEndian: tail.loadUnaligned(fromByteOffset: at, as: UInt32.self))
      hash = rotate(hash ^ UInt64(word) &* prime1, 23) &* prime2 &+ prime3
      at += 4
    }
    while at < tail.count {
      hash = rotate(hash ^ UInt64(tail[at]) &* prime5, 11) &* prime1
      at += 1
    }
    hash = (hash ^ hash &>> 33) &* prime2
    hash = (hash ^ hash &>> 29) &* prime3
    return hash ^ hash &>> 32
  }
}
