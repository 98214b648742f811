/// Small numbers in runs: one number many times, or numbers side by side in few bits each ("RLE/bit-packing
/// hybrid"). Levels, codes of dictionaries and booleans are written so.
struct HybridRuns {
  private let start: UnsafeRawPointer
  private let end: Int
  private let width: Int
  private var position = 0
  // The run under way.
  private var left = 0
  private var isRepeated = true
  private var value: Int32 = 0
  /// The next bit of numbers side by side.
  private var bit = 0

  /// - Parameters:
  ///   - bytes: eight more can be read behind them.
  ///   - width: the bits of a number, up to 32.
  init(_ bytes: UnsafeRawBufferPointer, width: Int) throws {
    guard 0...32 ~= width else {
      throw ParquetProblem("numbers of \(width) bits", expected: "up to 32")
    }
    start = bytes.baseAddress ?? UnsafeRawPointer(bitPattern: Self.nothing)!
    (end, self.width) = (bytes.count, width)
  }

  /// Stands for no bytes at all.
  private static let nothing = {
    let memory = UnsafeMutableRawPointer.allocate(byteCount: 16, alignment: 16)
    memory.initializeMemory(as: UInt8.self, repeating: 0, count: 16)
    return UInt(bitPattern: memory)
  }()

  /// Numbers that are all packed side by side without runs, the highest bit first: levels as they once were.
  /// They are put in order in new memory.
  static func reversed(
    _ bytes: UnsafeRawBufferPointer, count: Int, width: Int
  ) throws -> (levels: SeekableBytes.Memory, runs: HybridRuns) {
    let groups = (count + 7) / 8
    guard (count * width + 7) / 8 <= bytes.count else { throw ParquetProblem.cutShort("levels") }
    let memory = SeekableBytes.Memory(count: groups * width + 10)
    var head = UInt64(groups) << 1 | 1
    var place = 0
    repeat {
      memory.whole[place] = UInt8(head & 127) | (head > 127 ? 128 : 0)
      head >>= 7
      place += 1
    } while head > 0
    for byte in place..<memory.whole.count { memory.whole[byte] = 0 }
    for bit in 0..<count * width {
      let (number, part) = bit.quotientAndRemainder(dividingBy: width)
      let isSet = bytes[bit / 8] >> UInt8(7 - bit % 8) & 1
      let target = number * width + width - 1 - part
      memory.whole[place + target / 8] |= isSet << UInt8(target % 8)
    }
    return (memory, try HybridRuns(memory.bytes, width: width))
  }

  private mutating func nextRun() throws {
    var (head, shift) = (UInt64(0), UInt64(0))
    while true {
      guard position < end, shift < 35 else { throw ParquetProblem.cutShort("a page's numbers") }
      let byte = start.load(fromByteOffset: position, as: UInt8.self)
      position += 1
      head |= UInt64(byte & 127) << shift
      if byte < 128 { break }
      shift += 7
    }
    isRepeated = head & 1 == 0
    if isRepeated {
      left = Int(head >> 1)
      let bytes = (width + 7) / 8
      guard end - position >= bytes else { throw ParquetProblem.cutShort("a page's numbers") }
      let word = start.loadUnaligned(fromByteOffset: position, as: UInt32.self)
      value = Int32(bitPattern: UInt32(littleEndian: word) & mask)
      position += bytes
    } else {
      let groups = Int(head >> 1)
      // A last run may lack the bytes behind its last number.
      let bytes = min(groups * width, end - position)
      left = width == 0 ? groups * 8 : bytes * 8 / width
      bit = position * 8
      position += bytes
    }
    guard left > 0 || position < end else { throw ParquetProblem.cutShort("a page's numbers") }
  }

  private var mask: UInt32 { UInt32(truncatingIfNeeded: (UInt64(1) << UInt64(width)) - 1) }

  /// The next numbers if they are all the same and of one run, which are then passed over; nil otherwise.
  @inline(__always)
  mutating func same(_ count: Int) throws -> Int32? {
    while left == 0 { try nextRun() }
    guard isRepeated, left >= count else { return nil }
    left -= count
    return value
  }

  /// Puts the next numbers into memory.
  mutating func read(_ count: Int, into target: UnsafeMutablePointer<Int32>) throws {
    try read(count, into: target) { _, _ in }
  }

  /// Puts the next numbers into memory; returns how many of them are a certain one.
  mutating func read(
    _ count: Int, into target: UnsafeMutablePointer<Int32>, counting wanted: Int32
  ) throws -> Int {
    var found = 0
    try read(count, into: target) { found += $0.count(of: wanted, in: $1) }
    return found
  }

  /// - Parameter look: called before each stretch of numbers of one run, with how many they are.
  @inline(__always)
  private mutating func read(
    _ count: Int, into target: UnsafeMutablePointer<Int32>,
    _ look: (borrowing HybridRuns, Int) -> Void
  ) throws {
    var done = 0
    while done < count {
      while left == 0 { try nextRun() }
      let some = min(left, count - done)
      look(self, some)
      if isRepeated || width == 0 {
        (target + done).update(repeating: isRepeated ? value : 0, count: some)
      } else {
        unpack(some, into: target + done)
      }
      left -= some
      done += some
    }
  }

  /// How many of the next numbers of the run under way are a certain one.
  private func count(of wanted: Int32, in some: Int) -> Int {
    if isRepeated || width == 0 { return (isRepeated ? value : 0) == wanted ? some : 0 }
    var (found, bit, rest) = (0, bit, some)
    // Numbers of one bit, as most levels are, are counted a word at a time.
    let together = width == 1 ? 56 : 1
    let isZero = wanted == 0
    while rest > 0 {
      let numbers = min(rest, together)
      let word =
        UInt64(
          littleEndian: start.loadUnaligned(fromByteOffset: bit >> 3, as: UInt64.self))
        &>> UInt64(truncatingIfNeeded: bit & 7)
      if width == 1 {
        let ones = (word & (1 &<< UInt64(truncatingIfNeeded: numbers) &- 1)).nonzeroBitCount
        found += isZero ? numbers - ones : wanted == 1 ? ones : 0
      } else if Int32(truncatingIfNeeded: word & UInt64(mask)) == wanted {
        found += 1
      }
      bit += numbers * width
      rest -= numbers
    }
    return found
  }

  @inline(__always)
  private mutating func unpack(_ count: Int, into target: UnsafeMutablePointer<Int32>) {
    let (mask, width, start) = (UInt64(mask), width, start)
    var bit = bit
    for index in 0..<count {
      let word = UInt64(
        littleEndian: start.loadUnaligned(fromByteOffset: bit >> 3, as: UInt64.self))
      target[index] = Int32(truncatingIfNeeded: word &>> UInt64(truncatingIfNeeded: bit & 7) & mask)
      bit &+= width
    }
    self.bit = bit
  }

  /// Passes over numbers; returns how many of them are a certain one.
  mutating func skip(_ count: Int, counting wanted: Int32) throws -> Int {
    var (rest, found) = (count, 0)
    while rest > 0 {
      while left == 0 { try nextRun() }
      let some = min(left, rest)
      found += self.count(of: wanted, in: some)
      if !isRepeated { bit += some * width }
      left -= some
      rest -= some
    }
    return found
  }

  /// Passes over numbers.
  mutating func skip(_ count: Int) throws {
    var rest = count
    while rest > 0 {
      while left == 0 { try nextRun() }
      let some = min(left, rest)
      if !isRepeated { bit += some * width }
      left -= some
      rest -= some
    }
  }
}
