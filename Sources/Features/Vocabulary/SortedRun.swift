import Support

/// Counted strings on disk, in the order of their bytes.
struct SortedRun: Sendable {
  fileprivate var ranges: [SpillFile.Range] = []
}

/// Writes a run.
struct SortedRunWriter {
  /// The bytes that are written, and later read, at a time; more where a string is longer.
  static let piece = 64 << 10

  private let file: SpillFile
  private var run = SortedRun()
  private var buffer: [UInt8] = []

  init(_ file: SpillFile) {
    self.file = file
    buffer.reserveCapacity(Self.piece)
  }

  mutating func append(_ bytes: UnsafeRawBufferPointer, count: Int) throws {
    if buffer.count + bytes.count + 20 > Self.piece { try flush() }
    append(number: bytes.count)
    buffer.append(contentsOf: bytes)
    append(number: count)
  }

  mutating func finish() throws -> SortedRun {
    try flush()
    return run
  }

  private mutating func flush() throws {
    guard !buffer.isEmpty else { return }
    run.ranges.append(try buffer.withUnsafeBytes(file.append))
    buffer.removeAll(keepingCapacity: true)
  }

  /// Seven bits a byte, the lowest first.
  private mutating func append(number: Int) {
    var rest = number
    while rest > 127 {
      buffer.append(UInt8(truncatingIfNeeded: rest) | 128)
      rest >>= 7
    }
    buffer.append(UInt8(truncatingIfNeeded: rest))
  }
}

/// Reads a run, string by string.
private final class SortedRunReader {
  /// The string under the cursor, valid until the next one, and its count.
  private(set) var bytes = UnsafeRawBufferPointer(start: nil, count: 0)
  private(set) var ordered = OrderedBytes(word: 0, count: 0)
  private(set) var count = 0

  private let file: SpillFile
  private var ranges: ArraySlice<SpillFile.Range>
  private var buffer = UnsafeMutableRawPointer.allocate(
    byteCount: SortedRunWriter.piece, alignment: 8)
  private var capacity = SortedRunWriter.piece
  private var filled = 0
  private var position = 0

  init(_ run: SortedRun, of file: SpillFile) {
    self.file = file
    ranges = run.ranges[...]
  }

  deinit { buffer.deallocate() }

  /// Moves on; false at the end.
  func next() throws -> Bool {
    if position == filled {
      guard let range = ranges.popFirst() else { return false }
      if range.count > capacity {
        buffer.deallocate()
        buffer = .allocate(byteCount: range.count, alignment: 8)
        capacity = range.count
      }
      try file.read(range, into: buffer)
      (filled, position) = (range.count, 0)
    }
    let length = number()
    bytes = UnsafeRawBufferPointer(start: buffer + position, count: length)
    ordered = OrderedBytes(bytes)
    position += length
    count = number()
    return true
  }

  private func number() -> Int {
    var (number, shift) = (0, 0)
    while true {
      let byte = buffer.load(fromByteOffset: position, as: UInt8.self)
      position += 1
      number |= Int(byte & 127) << shift
      if byte < 128 { return number }
      shift += 7
    }
  }
}

extension SpillFile {
  /// Calls `body` with every string of some runs, in the order of their bytes, and with the sum of its
  /// counts. Takes 64 KiB a run.
  func merge(_ runs: [SortedRun], _ body: (UnsafeRawBufferPointer, Int) throws -> Void) throws {
    // A heap whose first reader stands at the least string.
    var heap = try runs.map { SortedRunReader($0, of: self) }.filter { try $0.next() }
    func sift(from start: Int) {
      var parent = start
      while true {
        var least = parent
        for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count {
          if heap[child].ordered.precedes(heap[least].ordered) { least = child }
        }
        if least == parent { return }
        heap.swapAt(parent, least)
        parent = least
      }
    }
    func advanceFirst() throws {
      if try !heap[0].next() {
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
      }
      sift(from: 0)
    }
    for start in (0..<heap.count / 2).reversed() { sift(from: start) }
    var string: [UInt8] = []
    while !heap.isEmpty {
      // The reader moves on while its string is still wanted.
      string.replaceSubrange(0..., with: heap[0].bytes)
      var total = heap[0].count
      try advanceFirst()
      try string.withUnsafeBytes { string in
        let ordered = OrderedBytes(string)
        while let first = heap.first, first.ordered.equals(ordered) {
          total += first.count
          try advanceFirst()
        }
        try body(string, total)
      }
    }
  }
}
