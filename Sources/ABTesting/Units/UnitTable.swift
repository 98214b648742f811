import CIntrinsics
import Glibc
import Support

/// Sums by unit and slice, within a bound of memory: a table that is full is written to disk, sorted, and
/// begun anew; in the end what is on disk is merged. All memory is taken at the start, and used as far as it is
/// needed.
final class UnitTable {
  let measures: Int
  let stride: Int
  /// How many records fit.
  private let capacity: Int
  /// [capacity] records, in the order in which they were met.
  private let records: UnsafeMutableRawPointer
  private(set) var count = 0
  /// Open addressing: the number of a record and 1, or 0 for a free place. A power of two, at least
  /// twice the capacity.
  private let places: UnsafeMutablePointer<UInt32>
  private let mask: Int

  let file: SpillFile
  private(set) var runs: [SpillRun] = []
  /// The records' numbers in their order, where all are in memory and were asked for.
  var sorted: [UInt32] = []

  /// The least memory that is taken.
  static let leastMemory = 1 << 16

  /// - Parameters:
  ///   - measures: how many sums a record has.
  ///   - memoryLimit: the most bytes that the table may take, sorting included.
  ///   - folder: where what does not fit is written.
  init(measures: Int, memoryLimit: Int, spillingTo folder: String) {
    self.measures = measures
    stride = UnitRecord.size(measures: measures)
    // A record, its places in the table and in the order that sorting makes; the table is at most four
    // times as long as the records.
    let limit = max(memoryLimit, Self.leastMemory)
    var capacity = limit / (stride + 4 * 4 + 2 * 4)
    var places = 16
    while places < 2 * capacity { places *= 2 }
    capacity = min(capacity, places / 2)
    self.capacity = capacity
    records = .allocate(byteCount: capacity * stride, alignment: 16)
    // The system gives zeros without touching the memory.
    self.places = calloc(places, MemoryLayout<UInt32>.stride)!.assumingMemoryBound(to: UInt32.self)
    mask = places - 1
    file = SpillFile(in: folder, remedy: "allow more memory with --memory")
  }

  deinit {
    records.deallocate()
    free(places)
  }

  @inline(__always)
  func record(_ number: Int) -> UnitRecord { UnitRecord(base: records + number * stride) }

  @inline(__always)
  private func place(of unit: UInt64, _ slice: UnitSlice) -> Int {
    let mixed = (unit ^ UInt64(slice.rawValue) &* 0x9E37_79B9_7F4A_7C15) &* 0xA076_1D64_78BD_642F
    return Int(truncatingIfNeeded: mixed >> 20) & mask
  }

  /// How many records ahead memory is fetched.
  private static let ahead = 12

  /// Adds records.
  /// - Parameter other: `count` of them, of the same measures.
  /// - Throws: ``UserError`` for a full disk.
  func add(_ other: UnsafeMutableRawPointer, count: Int) throws {
    func given(_ index: Int) -> UnitRecord { UnitRecord(base: other + index * stride) }
    for index in 0..<count {
      if index &+ Self.ahead < count {
        let next = given(index &+ Self.ahead)
        prefetch_line(places + place(of: next.unit, next.slice))
      }
      if index &+ Self.ahead / 2 < count {
        let next = given(index &+ Self.ahead / 2)
        let number = places[place(of: next.unit, next.slice)]
        if number > 0 { prefetch_line(records + (Int(number) - 1) * stride) }
      }
      try add(given(index))
    }
  }

  @inline(__always)
  private func add(_ given: UnitRecord) throws {
    var place = place(of: given.unit, given.slice)
    while true {
      let number = places[place]
      if number == 0 { break }
      let found = record(Int(number) - 1)
      if found.isSame(as: given) {
        found.add(given, measures: measures)
        return
      }
      place = (place + 1) & mask
    }
    if count == capacity {
      try spill()
      place = self.place(of: given.unit, given.slice)
    }
    record(count).base.copyMemory(from: given.base, byteCount: stride)
    count += 1
    places[place] = UInt32(count)
  }

  /// Writes the records to disk in their order, and forgets them.
  func spill() throws {
    guard count > 0 else { return }
    var writer = UnitRunWriter(file, stride: stride)
    for number in sortedNumbers() { try writer.append(record(Int(number))) }
    runs.append(try writer.finish())
    count = 0
    places.update(repeating: 0, count: mask + 1)
  }

  /// The records' numbers in the order of unit and slice. Units are hashes, which their first bits spread
  /// evenly: few share a bucket.
  func sortedNumbers() -> [UInt32] {
    guard count > 0 else { return [] }
    let bits = max(1, min(28, (Int.bitWidth - count.leadingZeroBitCount) - 2))
    let shift = UInt64(64 - bits)
    var ends = [UInt32](repeating: 0, count: 1 << bits + 1)
    for number in 0..<count { ends[Int(record(number).unit >> shift) + 1] += 1 }
    for bucket in 1...(1 << bits) { ends[bucket] += ends[bucket - 1] }
    let numbers = [UInt32](unsafeUninitializedCapacity: count) { numbers, initialized in
      for number in 0..<count {
        let bucket = Int(record(number).unit >> shift)
        numbers[Int(ends[bucket])] = UInt32(truncatingIfNeeded: number)
        ends[bucket] += 1
      }
      initialized = count
    }
    return Self.sortBuckets(numbers, ends, record)
  }

  /// Sorts within buckets, which are short.
  private static func sortBuckets(
    _ numbers: consuming [UInt32], _ ends: [UInt32], _ record: (Int) -> UnitRecord
  ) -> [UInt32] {
    numbers.withUnsafeMutableBufferPointer { numbers in
      var start = 0
      for end in ends.dropLast() where Int(end) > start {
        for index in start + 1..<max(Int(end), start + 1) {
          let number = numbers[index]
          let own = record(Int(number))
          var place = index
          while place > start, own.precedes(record(Int(numbers[place - 1]))) {
            numbers[place] = numbers[place - 1]
            place -= 1
          }
          numbers[place] = number
        }
        start = Int(end)
      }
    }
    return numbers
  }
}
