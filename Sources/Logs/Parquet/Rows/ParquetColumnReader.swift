import Support

/// Reads a column of a stretch of rows, some rows at a time, in the form that is wanted of it.
final class ParquetColumnReader {
  let column: ParquetColumn
  private let form: ColumnRequest.Form
  private var cursor: PageCursor
  private let capacity: Int
  // [capacity]
  private let cells: UnsafeMutablePointer<Cell>
  private let numbers: UnsafeMutablePointer<Double>
  private let codes: UnsafeMutablePointer<Int32>
  private let definition: UnsafeMutablePointer<Int32>
  private let repetition: UnsafeMutablePointer<Int32>
  private var text = CellText()
  // Of a list: values that were read ahead, and where among them the next one is.
  private var ahead: UnsafeMutablePointer<Cell>
  private var aheadText = CellText()
  private var (entry, entries, value) = (0, 0, 0)
  /// The values of the list under way.
  private var list: [UInt8] = []

  /// - Parameter capacity: how many rows are read at a time, at most.
  /// - Throws: ``ParquetProblem``.
  init(_ slice: ColumnPages.Slice, _ form: ColumnRequest.Form, capacity: Int) throws {
    column = slice.column
    self.form = form
    self.capacity = capacity
    cursor = PageCursor(slice)
    (cells, numbers) = (.allocate(capacity: capacity), .allocate(capacity: capacity))
    (codes, ahead) = (.allocate(capacity: capacity), .allocate(capacity: capacity))
    (definition, repetition) = (.allocate(capacity: capacity), .allocate(capacity: capacity))
    definition.update(repeating: Int32(column.maxDefinition), count: capacity)
    try skip(slice.skipped)
  }

  deinit {
    cells.deallocate()
    numbers.deallocate()
    codes.deallocate()
    ahead.deallocate()
    definition.deallocate()
    repetition.deallocate()
  }

  private func skip(_ rows: Int) throws {
    guard column.isList else {
      guard try cursor.open() else { throw Self.tooFew }
      guard rows <= cursor.left else { throw Self.tooFew }
      return try cursor.skip(rows)
    }
    // To the first value of the row behind, which is where a row begins after so many others.
    var begun = -1
    while try fill() {
      while entry < entries {
        if repetition[entry] == 0 { begun += 1 }
        if begun == rows { return }
        passEntry()
      }
    }
    throw Self.tooFew
  }

  private static let tooFew = ParquetProblem(
    "fewer values than rows", expected: "as many as the row group says")

  /// How many rows can be read together, all of one page.
  /// - Throws: ``ParquetProblem``.
  func available() throws -> Int {
    if column.isList { return capacity }
    while cursor.left == 0 {
      guard try cursor.open() else { throw Self.tooFew }
    }
    return cursor.left
  }

  /// The next rows, at most ``available()``; valid until the next call.
  /// - Throws: ``ParquetProblem``.
  func read(_ count: Int) throws -> RecordBatch.Column {
    text.removeAll()
    if column.isList { return try readLists(count) }
    let there = try cursor.levels(count, definition, repetition)
    let isWhole = there == count
    switch form {
    case .codes where cursor.hasCodes:
      let dictionary = try cursor.dictionary!.texts()
      try cursor.codes(there, into: codes, below: dictionary.count)
      if !isWhole { spread(codes, there, count, missing: -1) }
      return RecordBatch.Column(codes: codes, of: dictionary, cells: cells)
    case .numbers where ValueText(column).hasNumbers:
      if try readNumbers(there) {
        if !isWhole { spread(numbers, there, count, missing: .nan) }
        return RecordBatch.Column(cells: cells, numbers: numbers)
      }
      // One that no model can take is shown as it would stand in a text.
      for index in 0..<there { cells[index] = cell(of: numbers[index]) }
    default: try cursor.texts(there, into: cells, codes, &text)
    }
    if !isWhole { spread(cells, there, count, missing: Cell(start: noBytes, count: 0)) }
    return RecordBatch.Column(cells: cells)
  }

  private func readNumbers(_ count: Int) throws -> Bool {
    try cursor.numbers(count, into: numbers, codes, &text)
  }

  private func cell(of number: Double) -> Cell {
    guard !number.isNaN else { return Cell(start: noBytes, count: 0) }
    var string = "\(number)"
    return string.withUTF8 { bytes in
      let room = text.reserve(bytes.count)
      room.update(from: bytes.baseAddress!, count: bytes.count)
      text.keep(bytes.count)
      return Cell(start: UnsafePointer(room), count: bytes.count)
    }
  }

  /// Moves values apart to where their rows are.
  private func spread<Value: BitwiseCopyable>(
    _ values: UnsafeMutablePointer<Value>, _ there: Int, _ count: Int, missing: Value
  ) {
    let most = Int32(column.maxDefinition)
    var next = there
    for row in stride(from: count - 1, through: 0, by: -1) {
      // Chosen and not branched to: which ones are missing is known to nobody beforehand.
      let isThere = definition[row] == most
      next &-= isThere ? 1 : 0
      let value = values[next]
      values[row] = isThere ? value : missing
    }
  }

  // MARK: Lists

  /// Sees to it that there is a value ahead, even if one that is missing; false at the end.
  private func fill() throws -> Bool {
    if entry < entries { return true }
    while cursor.left == 0 {
      guard try cursor.open() else { return false }
    }
    (entry, entries, value) = (0, min(cursor.left, capacity), 0)
    aheadText.removeAll()
    let there = try cursor.levels(entries, definition, repetition)
    try cursor.texts(there, into: ahead, codes, &aheadText)
    return true
  }

  private func passEntry() {
    if definition[entry] == column.maxDefinition { value += 1 }
    entry += 1
  }

  private func readLists(_ count: Int) throws -> RecordBatch.Column {
    for row in 0..<count {
      guard try fill(), repetition[entry] == 0 else { throw Self.tooFew }
      list.removeAll(keepingCapacity: true)
      repeat {
        if definition[entry] == column.maxDefinition, ahead[value].count > 0 {
          list.append(0)
          list.append(contentsOf: ahead[value].bytes)
        }
        passEntry()
        guard list.count <= SourceBlocks.longestRecord else {
          throw ParquetProblem(
            "a list of more than \(SourceBlocks.longestRecord >> 20) MiB",
            expected: "a shorter one",
            remedy: "leave the column out, or shorten its lists")
        }
      } while try fill() && repetition[entry] != 0
      let room = text.reserve(max(list.count, 1))
      list.withUnsafeBufferPointer {
        if let base = $0.baseAddress { room.update(from: base, count: list.count) }
      }
      text.keep(list.count)
      cells[row] = Cell(start: UnsafePointer(room), count: list.count)
    }
    return RecordBatch.Column(cells: cells)
  }
}
