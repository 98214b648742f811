/// The values of a page that are not missing, in their order and in one of three forms: whole numbers, real
/// numbers, or bytes; or the codes of a dictionary that has them.
struct PageValues {
  /// In which form a type's values come.
  enum Form { case integers, reals, cells }

  let form: Form
  /// Whether ``codes(_:into:)`` gives them.
  var hasCodes: Bool { if case .codes = source { true } else { false } }

  private var source: Source
  private let bytes: UnsafeRawBufferPointer
  private let type: ParquetMetadata.PhysicalType
  /// The bytes of a value, 0 where they differ.
  private let size: Int
  /// The next value where all are as long, otherwise the next byte.
  private var next = 0
  /// The value before the next one, where values share beginnings.
  private var previous: [UInt8] = []

  private enum Source {
    case plain
    case codes(HybridRuns)
    case runs(HybridRuns)
    case differences(DeltaIntegers)
    /// Lengths, then all bytes.
    case lengths(DeltaIntegers)
    /// How much is shared with the value before, then the rest.
    case beginnings(shared: DeltaIntegers, rest: DeltaIntegers)
    /// The first bytes of all values, then the second ones: so many values.
    case split(Int)
  }

  /// - Parameters:
  ///   - encoding: a number of parquet.thrift's `Encoding`.
  ///   - bytes: of the page behind its levels; sixteen more can be read.
  /// - Throws: ``ParquetProblem`` for an encoding that the type does not have.
  init(_ encoding: Int, _ bytes: UnsafeRawBufferPointer, of column: ParquetColumn) throws {
    (self.bytes, type) = (bytes, column.type)
    size = column.typeLength
    form =
      switch type {
      case .boolean, .int32, .int64, .int96: .integers
      case .float, .double: .reals
      case .byteArray, .fixedByteArray: .cells
      }
    switch (encoding, type) {
    case (0, _): source = .plain
    case (2, _), (8, _):
      // A page whose values are all missing may have nothing.
      let width = bytes.isEmpty ? 0 : Int(bytes[0])
      let rest = UnsafeRawBufferPointer(rebasing: bytes.dropFirst())
      source = .codes(try HybridRuns(rest, width: width))
    case (3, .boolean):
      guard bytes.count >= 4 else { throw ParquetProblem.cutShort("a page") }
      let count = Int(UInt32(littleEndian: bytes.loadUnaligned(as: UInt32.self)))
      guard count <= bytes.count - 4 else { throw ParquetProblem.cutShort("a page") }
      source = .runs(
        try HybridRuns(UnsafeRawBufferPointer(rebasing: bytes[4..<4 + count]), width: 1))
    case (5, .int32), (5, .int64):
      source = .differences(try DeltaIntegers(bytes))
    case (6, .byteArray):
      let lengths = try DeltaIntegers(bytes)
      next = try lengths.end()
      source = .lengths(lengths)
    case (7, .byteArray), (7, .fixedByteArray):
      let shared = try DeltaIntegers(bytes)
      let place = try shared.end()
      let rest = try DeltaIntegers(UnsafeRawBufferPointer(rebasing: bytes[place...]))
      next = try place + rest.end()
      source = .beginnings(shared: shared, rest: rest)
    case (9, .int32), (9, .int64), (9, .float), (9, .double), (9, .fixedByteArray):
      source = .split(bytes.count / size)
    default:
      throw ParquetProblem(
        "encoding \(encoding) of \(type)", expected: "one that Parquet has for it",
        remedy: "write the file with another encoding")
    }
  }

  /// The codes of the next values.
  mutating func codes(_ count: Int, into target: UnsafeMutablePointer<Int32>) throws {
    guard case .codes(var runs) = source else { preconditionFailure("no codes") }
    try runs.read(count, into: target)
    source = .codes(runs)
  }

  /// Where the next values of equal length begin, and the step between them.
  private mutating func advance(_ count: Int) throws -> Int {
    guard count <= bytes.count / size - next else { throw ParquetProblem.cutShort("a page") }
    defer { next += count }
    return next
  }

  mutating func integers(_ count: Int, into target: UnsafeMutablePointer<Int64>) throws {
    switch source {
    case .plain where type == .boolean:
      guard next + count <= bytes.count * 8 else { throw ParquetProblem.cutShort("a page") }
      for index in 0..<count {
        let bit = next + index
        target[index] = Int64(bytes[bit >> 3] >> UInt8(bit & 7) & 1)
      }
      next += count
    case .plain:
      let first = try advance(count)
      guard let start = bytes.baseAddress else { return }
      switch type {
      case .int32:
        for index in 0..<count {
          let word = start.loadUnaligned(fromByteOffset: (first + index) * 4, as: Int32.self)
          target[index] = Int64(Int32(littleEndian: word))
        }
      case .int64:
        for index in 0..<count {
          let word = start.loadUnaligned(fromByteOffset: (first + index) * 8, as: Int64.self)
          target[index] = Int64(littleEndian: word)
        }
      default:
        for index in 0..<count { target[index] = Self.microseconds(start + (first + index) * 12) }
      }
    case .runs(var runs):
      try withUnsafeTemporaryAllocation(of: Int32.self, capacity: count) { codes in
        guard let base = codes.baseAddress else { return }
        try runs.read(count, into: base)
        for index in 0..<count { target[index] = Int64(base[index]) }
      }
      source = .runs(runs)
    case .differences(var differences):
      try differences.read(count, into: target)
      // Of 32 bits, the sum runs over as theirs does.
      if type == .int32 {
        for index in 0..<count {
          target[index] = Int64(Int32(truncatingIfNeeded: target[index]))
        }
      }
      source = .differences(differences)
    case .split(let values):
      let first = try advance(count)
      for index in 0..<count {
        let word = Self.joined(bytes, first + index, of: values, size)
        target[index] =
          size == 4 ? Int64(Int32(truncatingIfNeeded: word)) : Int64(bitPattern: word)
      }
    case .codes, .lengths, .beginnings: preconditionFailure("no whole numbers")
    }
  }

  /// The microseconds since 1970 of Impala's and Spark's INT96: nanoseconds of the day, then the Julian day.
  private static func microseconds(_ start: UnsafeRawPointer) -> Int64 {
    let nanoseconds = Int64(littleEndian: start.loadUnaligned(as: Int64.self))
    let day = Int32(littleEndian: start.loadUnaligned(fromByteOffset: 8, as: Int32.self))
    let (quotient, rest) = nanoseconds.quotientAndRemainder(dividingBy: 1000)
    return (Int64(day) - 2_440_588) &* 86_400_000_000 &+ quotient &- (rest < 0 ? 1 : 0)
  }

  @inline(__always)
  private static func joined(
    _ bytes: UnsafeRawBufferPointer, _ index: Int, of values: Int, _ size: Int
  ) -> UInt64 {
    var word: UInt64 = 0
    for part in 0..<size { word |= UInt64(bytes[part * values + index]) << UInt64(8 * part) }
    return word
  }

  mutating func reals(_ count: Int, into target: UnsafeMutablePointer<Double>) throws {
    let first = try advance(count)
    guard let start = bytes.baseAddress else { return }
    switch (source, type) {
    case (.split(let values), _):
      for index in 0..<count {
        let word = Self.joined(bytes, first + index, of: values, size)
        target[index] =
          size == 4
          ? Double(Float(bitPattern: UInt32(truncatingIfNeeded: word))) : Double(bitPattern: word)
      }
    case (_, .float):
      for index in 0..<count {
        let word = start.loadUnaligned(fromByteOffset: (first + index) * 4, as: UInt32.self)
        target[index] = Double(Float(bitPattern: UInt32(littleEndian: word)))
      }
    default:
      for index in 0..<count {
        let word = start.loadUnaligned(fromByteOffset: (first + index) * 8, as: UInt64.self)
        target[index] = Double(bitPattern: UInt64(littleEndian: word))
      }
    }
  }

  /// The next values as bytes: of the page, or of `text` where they are not there in one piece.
  mutating func cells(
    _ count: Int, into target: UnsafeMutablePointer<Cell>, _ text: inout CellText
  ) throws {
    switch source {
    case .plain where type == .fixedByteArray:
      let first = try advance(count)
      for index in 0..<count { target[index] = cell((first + index) * size, size) }
    case .plain:
      for index in 0..<count {
        guard bytes.count - next >= 4 else { throw ParquetProblem.cutShort("a page") }
        let word = bytes.loadUnaligned(fromByteOffset: next, as: UInt32.self)
        let length = Int(UInt32(littleEndian: word))
        guard length <= bytes.count - next - 4 else { throw ParquetProblem.cutShort("a page") }
        target[index] = cell(next + 4, length)
        next += 4 + length
      }
    case .lengths(var lengths):
      try Self.read(count, of: &lengths) { index, length in
        target[index] = try take(length)
      }
      source = .lengths(lengths)
    case .beginnings(var shared, var rest):
      try Self.read(count, of: &shared) { index, length in
        // Kept where the length of what follows comes beside it.
        target[index] = Cell(start: noBytes, count: length)
      }
      try Self.read(count, of: &rest) { index, length in
        target[index] = try join(target[index].count, try take(length), &text)
      }
      source = .beginnings(shared: shared, rest: rest)
    case .split(let values):
      let first = try advance(count)
      for index in 0..<count {
        let room = text.reserve(size)
        for part in 0..<size { room[part] = bytes[part * values + first + index] }
        text.keep(size)
        target[index] = Cell(start: UnsafePointer(room), count: size)
      }
    case .codes, .runs, .differences: preconditionFailure("no bytes")
    }
  }

  private func cell(_ start: Int, _ count: Int) -> Cell {
    guard count > 0, let base = bytes.baseAddress else { return Cell(start: noBytes, count: 0) }
    return Cell(start: (base + start).assumingMemoryBound(to: UInt8.self), count: count)
  }

  private mutating func take(_ length: Int) throws -> Cell {
    guard 0...(bytes.count - next) ~= length else { throw ParquetProblem.cutShort("a page") }
    defer { next += length }
    return cell(next, length)
  }

  /// A value that begins as the one before.
  private mutating func join(_ shared: Int, _ rest: Cell, _ text: inout CellText) throws -> Cell {
    guard 0...previous.count ~= shared else {
      throw ParquetProblem("a value that shares more than there is", expected: "less")
    }
    let count = shared + rest.count
    guard count <= SourceBlocks.longestRecord, type == .byteArray || count == size else {
      throw ParquetProblem("a value of \(count) bytes", expected: "as long as its column has them")
    }
    previous.removeSubrange(shared...)
    previous.append(contentsOf: rest.bytes)
    let room = text.reserve(max(count, 1))
    previous.withUnsafeBufferPointer { before in
      if let base = before.baseAddress { room.update(from: base, count: count) }
    }
    text.keep(count)
    return Cell(start: UnsafePointer(room), count: count)
  }

  private static func read(
    _ count: Int, of numbers: inout DeltaIntegers, _ take: (Int, Int) throws -> Void
  ) throws {
    try withUnsafeTemporaryAllocation(of: Int64.self, capacity: count) { lengths in
      guard let base = lengths.baseAddress else { return }
      try numbers.read(count, into: base)
      for index in 0..<count { try take(index, Int(base[index])) }
    }
  }

  /// Passes over values.
  mutating func skip(_ count: Int) throws {
    switch source {
    case .codes(var runs):
      try runs.skip(count)
      source = .codes(runs)
    case .plain where type == .boolean, .runs, .differences, .lengths, .beginnings:
      try skipReading(count)
    case .plain where size == 0:
      for _ in 0..<count {
        guard bytes.count - next >= 4 else { throw ParquetProblem.cutShort("a page") }
        let word = bytes.loadUnaligned(fromByteOffset: next, as: UInt32.self)
        let length = Int(UInt32(littleEndian: word))
        guard length <= bytes.count - next - 4 else { throw ParquetProblem.cutShort("a page") }
        next += 4 + length
      }
    case .plain, .split: _ = try advance(count)
    }
  }

  private mutating func skipReading(_ count: Int) throws {
    let most = 256
    var left = count
    var text = CellText()
    while left > 0 {
      let some = min(left, most)
      switch form {
      case .integers:
        try withUnsafeTemporaryAllocation(of: Int64.self, capacity: most) {
          try integers(some, into: $0.baseAddress!)
        }
      case .reals: preconditionFailure("of equal length")
      case .cells:
        try withUnsafeTemporaryAllocation(of: Cell.self, capacity: most) {
          try cells(some, into: $0.baseAddress!, &text)
        }
        text.removeAll()
      }
      left -= some
    }
  }
}

/// Where a value without bytes stands.
nonisolated(unsafe) let noBytes: UnsafePointer<UInt8> = {
  let memory = UnsafeMutablePointer<UInt8>.allocate(capacity: 16)
  memory.initialize(repeating: 0, count: 16)
  return UnsafePointer(memory)
}()
