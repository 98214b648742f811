import Support

/// A record of fixed size that has a place in an order.
protocol SortedRecord: BitwiseCopyable {
  /// Whether it comes before another one; no two are alike.
  func precedes(_ other: Self) -> Bool
}

/// Records in their order, within a bound of memory: what is full is sorted and written to disk, and in the end
/// merged.
final class RecordSort<Record: SortedRecord> {
  /// About how many bytes are written, and later read, at a time.
  static var piece: Int { 64 << 10 }

  private let file: SpillFile
  private let capacity: Int
  private var records: [Record] = []
  private var runs: [SpillRun] = []

  /// - Parameters:
  ///   - memory: the most bytes of records that are kept.
  ///   - folder: where what does not fit is written.
  init(memory: Int, spillingTo folder: String) {
    capacity = max(memory / MemoryLayout<Record>.stride, 1024)
    file = SpillFile(in: folder, remedy: "allow more memory with --memory")
  }

  /// - Throws: ``UserError`` for a full disk.
  func add(_ record: Record) throws {
    if records.count == capacity { try spill() }
    records.append(record)
  }

  private func spill() throws {
    records.sort { $0.precedes($1) }
    var run = SpillRun()
    var bytes: [UInt8] = []
    for record in records {
      withUnsafeBytes(of: record) { bytes.append(contentsOf: $0) }
      // The padding behind the last member counts as well.
      let stride = MemoryLayout<Record>.stride - MemoryLayout<Record>.size
      for _ in 0..<stride { bytes.append(0) }
      if bytes.count + MemoryLayout<Record>.stride > Self.piece { try run.write(&bytes, to: file) }
    }
    try run.write(&bytes, to: file)
    runs.append(run)
    records.removeAll(keepingCapacity: true)
  }

  /// All records in their order, once all have been added.
  func sorted() throws -> Records {
    guard !runs.isEmpty else {
      records.sort { $0.precedes($1) }
      return .memory(records[...])
    }
    if !records.isEmpty { try spill() }
    records = []
    return .disk(try RunMerge(runs.map { RecordCursor<Record>($0, of: file) }))
  }

  enum Records {
    case memory(ArraySlice<Record>)
    case disk(RunMerge<RecordCursor<Record>>)

    /// Takes the next record; nil at the end.
    mutating func next() throws -> Record? {
      switch self {
      case .memory(var rest):
        // Without a second reference the rest is not copied.
        self = .memory([])
        let first = rest.popFirst()
        self = .memory(rest)
        return first
      case .disk(var merge):
        self = .memory([])
        defer { self = .disk(merge) }
        guard let record = merge.first?.record else { return nil }
        try merge.advance()
        return record
      }
    }
  }
}

/// Reads a run, record by record.
final class RecordCursor<Record: SortedRecord>: RunCursor {
  private let file: SpillFile
  private var pieces: ArraySlice<SpillFile.Range>
  private let buffer: UnsafeMutableRawPointer
  private var filled = 0
  private var position: Int

  var record: Record { buffer.load(fromByteOffset: position, as: Record.self) }

  init(_ run: SpillRun, of file: SpillFile) {
    (self.file, pieces) = (file, run.pieces[...])
    buffer = .allocate(byteCount: RecordSort<Record>.piece, alignment: 16)
    position = -MemoryLayout<Record>.stride
  }

  deinit { buffer.deallocate() }

  func precedes(_ other: RecordCursor) -> Bool { record.precedes(other.record) }

  func next() throws -> Bool {
    position += MemoryLayout<Record>.stride
    if position >= filled {
      guard let range = pieces.popFirst() else { return false }
      try file.read(range, into: buffer)
      (filled, position) = (range.count, 0)
    }
    return true
  }
}
