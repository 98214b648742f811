import Synchronization

/// The dictionary of a column in a row group: its values as text and as numbers, each made once when somebody
/// wants them.
final class ParquetDictionary: Sendable {
  private let page: ParquetPage
  private let column: ParquetColumn
  private let known = Mutex<(texts: ColumnDictionary?, numbers: Numbers?)>((nil, nil))

  /// The numbers; nil where values are none.
  final class Numbers: @unchecked Sendable {
    // Sendable: made by one thread, then only read.
    let base: UnsafeMutablePointer<Double>
    let count: Int
    /// Whether each is one that a model can take, or missing.
    fileprivate(set) var areSound = true

    init(count: Int) {
      (base, self.count) = (.allocate(capacity: max(count, 1)), count)
    }

    deinit { base.deallocate() }
  }

  init(_ page: ParquetPage, of column: ParquetColumn) { (self.page, self.column) = (page, column) }

  /// - Throws: ``ParquetProblem``.
  func texts() throws -> ColumnDictionary {
    try known.withLock { known in
      if let texts = known.texts { return texts }
      let made = try makeTexts()
      known.texts = made
      return made
    }
  }

  /// - Throws: ``ParquetProblem``.
  func numbers() throws -> Numbers {
    try known.withLock { known in
      if let numbers = known.numbers { return numbers }
      let made = try makeNumbers()
      known.numbers = made
      return made
    }
  }

  /// The values; their number is one that the page has room for.
  private func values() throws -> (SeekableBytes.Memory, PageValues) {
    let memory = try page.contents()
    guard [0, 2].contains(page.header.encoding) else {
      throw ParquetProblem("a dictionary in encoding \(page.header.encoding)", expected: "PLAIN")
    }
    guard page.values <= memory.whole.count / (column.typeLength > 0 ? column.typeLength : 4),
      column.type != .boolean
    else {
      throw ParquetProblem("a dictionary of \(page.values) values", expected: "as many as it has")
    }
    return (memory, try PageValues(0, memory.bytes, of: column))
  }

  private func makeTexts() throws -> ColumnDictionary {
    var (memory, values) = try values()
    var text = CellText()
    let count = page.values
    let cells = UnsafeMutablePointer<Cell>.allocate(capacity: max(count, 1))
    do {
      try values.texts(count, into: cells, ValueText(column), &text)
    } catch {
      cells.deallocate()
      throw error
    }
    return ColumnDictionary(cells: cells, count: count, text: text, owner: memory)
  }

  private func makeNumbers() throws -> Numbers {
    var (memory, values) = try values()
    defer { withExtendedLifetime(memory) {} }
    let numbers = Numbers(count: page.values)
    var text = CellText()
    numbers.areSound = try values.numbers(
      page.values, into: numbers.base, ValueText(column), &text)
    return numbers
  }
}

extension PageValues {
  /// The next values as text.
  mutating func texts(
    _ count: Int, into target: UnsafeMutablePointer<Cell>, _ writer: ValueText,
    _ text: inout CellText
  ) throws {
    switch form {
    case .integers:
      try withNext(count, Int64.self, { try $0.integers($1, into: $2) }) {
        target[$0] = writer.write($1, &text)
      }
    case .reals:
      try withNext(count, Double.self, { try $0.reals($1, into: $2) }) {
        target[$0] = writer.write($1, &text)
      }
    case .cells:
      try cells(count, into: target, &text)
      for index in 0..<count { target[index] = try writer.write(target[index], &text) }
    }
  }

  /// The next values as numbers, NaN for what is none.
  /// - Returns: whether a model can take each.
  mutating func numbers(
    _ count: Int, into target: UnsafeMutablePointer<Double>, _ writer: ValueText,
    _ text: inout CellText
  ) throws -> Bool {
    switch form {
    case .integers:
      try withNext(count, Int64.self, { try $0.integers($1, into: $2) }) {
        target[$0] = writer.number($1)
      }
    case .reals: try reals(count, into: target)
    case .cells:
      try withUnsafeTemporaryAllocation(of: Cell.self, capacity: max(count, 1)) { cells in
        let base = cells.baseAddress!
        try self.cells(count, into: base, &text)
        for index in 0..<count {
          if let number = writer.number(base[index]) {
            target[index] = number
          } else {
            let cell = try writer.write(base[index], &text)
            let number = cell.count == 0 ? Double.nan : parseNumber(cell.bytes)
            target[index] = number ?? .infinity
          }
        }
      }
    }
    var isSound = true
    for index in 0..<count {
      isSound =
        isSound
        && (target[index].isNaN || abs(target[index]) <= Double(Float.greatestFiniteMagnitude))
    }
    return isSound
  }

  private mutating func withNext<Value: BitwiseCopyable>(
    _ count: Int, _: Value.Type,
    _ read: (inout PageValues, Int, UnsafeMutablePointer<Value>) throws -> Void,
    _ take: (Int, Value) throws -> Void
  ) throws {
    let most = 256
    try withUnsafeTemporaryAllocation(of: Value.self, capacity: most) { values in
      var done = 0
      while done < count {
        let some = min(most, count - done)
        try read(&self, some, values.baseAddress!)
        for index in 0..<some { try take(done + index, values[index]) }
        done += some
      }
    }
  }
}
