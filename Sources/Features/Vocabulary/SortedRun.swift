import Support

/// Writes counted strings in the order of their bytes.
struct SortedRunWriter {
  /// The bytes that are written, and later read, at a time; more where a string is longer.
  static let piece = 64 << 10

  private let file: SpillFile
  private var run = SpillRun()
  private var buffer: [UInt8] = []

  init(_ file: SpillFile) {
    self.file = file
    buffer.reserveCapacity(Self.piece)
  }

  mutating func append(_ bytes: UnsafeRawBufferPointer, count: Int) throws {
    if buffer.count + bytes.count + 20 > Self.piece { try run.write(&buffer, to: file) }
    append(number: bytes.count)
    buffer.append(contentsOf: bytes)
    append(number: count)
  }

  mutating func finish() throws -> SpillRun {
    try run.write(&buffer, to: file)
    return run
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
private final class SortedRunReader: RunCursor {
  /// The string under the cursor, valid until the next one, and its count.
  private(set) var bytes = UnsafeRawBufferPointer(start: nil, count: 0)
  private(set) var ordered = OrderedBytes(word: 0, count: 0)
  private(set) var count = 0

  private let file: SpillFile
  private var pieces: ArraySlice<SpillFile.Range>
  private var buffer = UnsafeMutableRawPointer.allocate(
    byteCount: SortedRunWriter.piece, alignment: 8)
  private var capacity = SortedRunWriter.piece
  private var filled = 0
  private var position = 0

  init(_ run: SpillRun, of file: SpillFile) {
    self.file = file
    pieces = run.pieces[...]
  }

  deinit { buffer.deallocate() }

  func precedes(_ other: SortedRunReader) -> Bool { ordered.precedes(other.ordered) }

  func next() throws -> Bool {
    if position == filled {
      guard let range = pieces.popFirst() else { return false }
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
  func merge(_ runs: [SpillRun], _ body: (UnsafeRawBufferPointer, Int) throws -> Void) throws {
    var merge = try RunMerge(runs.map { SortedRunReader($0, of: self) })
    var string: [UInt8] = []
    while let first = merge.first {
      // The reader moves on while its string is still wanted.
      string.replaceSubrange(0..., with: first.bytes)
      var total = first.count
      try merge.advance()
      try string.withUnsafeBytes { string in
        let ordered = OrderedBytes(string)
        while let first = merge.first, first.ordered.equals(ordered) {
          total += first.count
          try merge.advance()
        }
        try body(string, total)
      }
    }
  }
}
