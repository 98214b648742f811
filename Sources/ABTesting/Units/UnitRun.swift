import Support

/// Writes records in the order of unit and slice.
struct UnitRunWriter {
  /// About how many bytes are written, and later read, at a time.
  fileprivate static let piece = 128 << 10

  private let file: SpillFile
  private let stride: Int
  private var run = SpillRun()
  private var buffer: [UInt8] = []

  init(_ file: SpillFile, stride: Int) {
    (self.file, self.stride) = (file, stride)
    buffer.reserveCapacity(Self.piece)
  }

  mutating func append(_ record: UnitRecord) throws {
    if buffer.count + stride > Self.piece { try run.write(&buffer, to: file) }
    buffer.append(contentsOf: UnsafeRawBufferPointer(start: record.base, count: stride))
  }

  mutating func finish() throws -> SpillRun {
    try run.write(&buffer, to: file)
    return run
  }
}

/// Reads a run, record by record.
private final class UnitRunReader: RunCursor {
  private let file: SpillFile
  private let stride: Int
  private var pieces: ArraySlice<SpillFile.Range>
  private let buffer: UnsafeMutableRawPointer
  private var filled = 0
  private var position = 0

  /// The record under the cursor, valid until the next one.
  var record: UnitRecord { UnitRecord(base: buffer + position) }

  init(_ run: SpillRun, of file: SpillFile, stride: Int) {
    (self.file, self.stride, pieces) = (file, stride, run.pieces[...])
    buffer = .allocate(byteCount: UnitRunWriter.piece, alignment: 16)
    position = -stride
  }

  deinit { buffer.deallocate() }

  func precedes(_ other: UnitRunReader) -> Bool { record.precedes(other.record) }

  func next() throws -> Bool {
    position += stride
    if position >= filled {
      guard let range = pieces.popFirst() else { return false }
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
    var merge = try RunMerge(runs.map { UnitRunReader($0, of: file, stride: stride) })
    let joined = UnitRecord(base: .allocate(byteCount: stride, alignment: 16))
    defer { joined.base.deallocate() }
    var hasRecord = false
    while let first = merge.first {
      if hasRecord, joined.isSame(as: first.record) {
        joined.add(first.record, measures: measures)
      } else {
        if hasRecord { try body(joined) }
        joined.base.copyMemory(from: first.record.base, byteCount: stride)
        hasRecord = true
      }
      try merge.advance()
    }
    if hasRecord { try body(joined) }
  }
}
