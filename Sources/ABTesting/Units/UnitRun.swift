import Support

/// Records on disk, in the order of unit and slice.
struct UnitRun {
  fileprivate var ranges: [SpillFile.Range] = []
}

/// Writes a run.
struct UnitRunWriter {
  /// About how many bytes are written, and later read, at a time.
  fileprivate static let piece = 128 << 10

  private let file: SpillFile
  private let stride: Int
  private var run = UnitRun()
  private var buffer: [UInt8] = []

  init(_ file: SpillFile, stride: Int) {
    (self.file, self.stride) = (file, stride)
    buffer.reserveCapacity(Self.piece)
  }

  mutating func append(_ record: UnitRecord) throws {
    if buffer.count + stride > Self.piece { try flush() }
    buffer.append(contentsOf: UnsafeRawBufferPointer(start: record.base, count: stride))
  }

  mutating func finish() throws -> UnitRun {
    try flush()
    return run
  }

  private mutating func flush() throws {
    guard !buffer.isEmpty else { return }
    run.ranges.append(try buffer.withUnsafeBytes(file.append))
    buffer.removeAll(keepingCapacity: true)
  }
}

/// Reads a run, record by record.
private final class UnitRunReader {
  private let file: SpillFile
  private let stride: Int
  private var ranges: ArraySlice<SpillFile.Range>
  private let buffer: UnsafeMutableRawPointer
  private var filled = 0
  private var position = 0

  /// The record under the cursor, valid until the next one.
  var record: UnitRecord { UnitRecord(base: buffer + position) }

  init(_ run: UnitRun, of file: SpillFile, stride: Int) {
    (self.file, self.stride, ranges) = (file, stride, run.ranges[...])
    buffer = .allocate(byteCount: UnitRunWriter.piece, alignment: 16)
    position = -stride
    filled = 0
  }

  deinit { buffer.deallocate() }

  /// Moves on; false at the end.
  func next() throws -> Bool {
    position += stride
    if position >= filled {
      guard let range = ranges.popFirst() else { return false }
      try file.read(range, into: buffer)
      (filled, position) = (range.count, 0)
    }
    return true
  }
}

extension UnitTable {
  /// Calls `body` with every record, those of one unit and slice put together, in their order; as often as
  /// wanted, once all has been added. What is on disk takes 128 KiB a run.
  func forEachRecord(_ body: (UnitRecord) throws -> Void) throws {
    if runs.isEmpty {
      if sorted.count != count { sorted = sortedNumbers() }
      for number in sorted { try body(record(Int(number))) }
      return
    }
    try spill()
    // A heap whose first reader stands at the least record.
    var heap = try runs.map { UnitRunReader($0, of: file, stride: stride) }
      .filter { try $0.next() }
    func sift(from start: Int) {
      var parent = start
      while true {
        var least = parent
        for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count {
          if heap[child].record.precedes(heap[least].record) { least = child }
        }
        if least == parent { return }
        heap.swapAt(parent, least)
        parent = least
      }
    }
    for start in (0..<heap.count / 2).reversed() { sift(from: start) }
    let joined = UnitRecord(base: .allocate(byteCount: stride, alignment: 16))
    defer { joined.base.deallocate() }
    var hasRecord = false
    while let first = heap.first {
      if hasRecord, joined.isSame(as: first.record) {
        joined.add(first.record, measures: measures)
      } else {
        if hasRecord { try body(joined) }
        joined.base.copyMemory(from: first.record.base, byteCount: stride)
        hasRecord = true
      }
      if try !first.next() {
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
      }
      sift(from: 0)
    }
    if hasRecord { try body(joined) }
  }
}
