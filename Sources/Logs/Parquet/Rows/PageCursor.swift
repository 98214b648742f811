/// Goes through the values of some pages of a column, page by page.
struct PageCursor {
  let slice: ColumnPages.Slice
  let dictionary: ParquetDictionary?
  private let writer: ValueText
  private var nextPage = 0
  private(set) var parts: PageParts?
  private(set) var values: PageValues?
  /// The values of the page that are left, those that are missing included.
  private(set) var left = 0

  init(_ slice: ColumnPages.Slice) {
    self.slice = slice
    writer = ValueText(slice.column)
    dictionary = slice.dictionary
  }

  /// Whether values of the page are codes.
  var hasCodes: Bool { values?.hasCodes ?? false }

  /// Goes to the next page with values; false behind the last one.
  mutating func open() throws -> Bool {
    while nextPage < slice.pages.count {
      let page = slice.pages[nextPage]
      nextPage += 1
      if page.values == 0 { continue }
      let parts = try PageParts(page, of: slice.column)
      values = try PageValues(page.header.encoding, parts.values, of: slice.column)
      if hasCodes && dictionary == nil {
        throw ParquetProblem("codes without a dictionary", expected: "one before all values")
      }
      (self.parts, left) = (parts, page.values)
      return true
    }
    return false
  }

  /// Reads the levels of some values, at most ``left``: which are there, and which begin a row.
  ///
  /// - Parameters:
  ///   - definition: [count], filled where the column may miss values.
  ///   - repetition: [count], filled where it is a list.
  /// - Returns: how many values are there.
  mutating func levels(
    _ count: Int, _ definition: UnsafeMutablePointer<Int32>,
    _ repetition: UnsafeMutablePointer<Int32>
  ) throws -> Int {
    left -= count
    try parts!.repetition?.read(count, into: repetition)
    guard parts!.definition != nil else { return count }
    let most = Int32(slice.column.maxDefinition)
    if let level = try parts!.definition!.same(count) {
      definition.update(repeating: level, count: count)
      return level == most ? count : 0
    }
    return try parts!.definition!.read(count, into: definition, counting: most)
  }

  /// Passes over rows of a column that is no list, at most ``left``.
  mutating func skip(_ rows: Int) throws {
    left -= rows
    let there =
      try parts!.definition?.skip(rows, counting: Int32(slice.column.maxDefinition)) ?? rows
    try values!.skip(there)
  }

  /// The codes of the next values that are there.
  mutating func codes(_ count: Int, into target: UnsafeMutablePointer<Int32>, below limit: Int)
    throws
  {
    try values!.codes(count, into: target)
    var largest: UInt32 = 0
    for index in 0..<count { largest = max(largest, UInt32(bitPattern: target[index])) }
    guard count == 0 || largest < limit else {
      throw ParquetProblem("code \(largest)", expected: "below \(limit), the dictionary's size")
    }
  }

  /// The next values that are there as text.
  mutating func texts(
    _ count: Int, into target: UnsafeMutablePointer<Cell>,
    _ scratch: UnsafeMutablePointer<Int32>, _ text: inout CellText
  ) throws {
    guard hasCodes else { return try values!.texts(count, into: target, writer, &text) }
    let texts = try dictionary!.texts()
    try codes(count, into: scratch, below: texts.count)
    for index in 0..<count { target[index] = texts.cells[Int(scratch[index])] }
  }

  /// The next values that are there as numbers.
  /// - Returns: whether a model can take each.
  mutating func numbers(
    _ count: Int, into target: UnsafeMutablePointer<Double>,
    _ scratch: UnsafeMutablePointer<Int32>, _ text: inout CellText
  ) throws -> Bool {
    guard hasCodes else { return try values!.numbers(count, into: target, writer, &text) }
    let numbers = try dictionary!.numbers()
    try codes(count, into: scratch, below: numbers.count)
    for index in 0..<count { target[index] = numbers.base[Int(scratch[index])] }
    return numbers.areSound
  }
}
