import CArrow
import Support

/// A column of a table: what it holds, and its values array by array.
struct ArrowColumn: Sendable {
  /// What it is called: a structure's columns with its name and a dot before theirs.
  let name: String
  let field: ArrowField
  /// In the order of their rows, none of them empty.
  var chunks: [ArrowChunk] = []

  /// The chunk with a row.
  func chunk(with row: Int) -> Int {
    var (low, high) = (0, chunks.count - 1)
    while low < high {
      let middle = (low + high + 1) / 2
      if chunks[middle].first <= row { low = middle } else { high = middle - 1 }
    }
    return low
  }
}

/// Reads a column from a row on, some rows at a time, in the form that is wanted of it.
final class ArrowColumnReader {
  let column: ArrowColumn
  private let form: ColumnRequest.Form
  private let capacity: Int
  private var number: Int
  /// The next row within the chunk.
  private var row: Int
  private var values: ArrowValues?
  // [capacity]
  private let cells: UnsafeMutablePointer<Cell>
  private let numbers: UnsafeMutablePointer<Double>
  private let codes: UnsafeMutablePointer<Int32>
  private var text = CellText()
  private var elementText = CellText()

  /// - Parameters:
  ///   - first: the first row.
  ///   - capacity: how many rows are read at a time, at most.
  init(_ column: ArrowColumn, _ form: ColumnRequest.Form, from first: Int, capacity: Int) {
    (self.column, self.form, self.capacity) = (column, form, capacity)
    number = column.chunk(with: first)
    row = first - column.chunks[number].first
    cells = .allocate(capacity: capacity)
    numbers = .allocate(capacity: capacity)
    codes = .allocate(capacity: capacity)
  }

  deinit {
    cells.deallocate()
    numbers.deallocate()
    codes.deallocate()
  }

  private var chunk: ArrowChunk { column.chunks[number] }

  /// How many rows can be read together, all of one array.
  func available() -> Int {
    if row == chunk.count { (number, row, values) = (number + 1, 0, nil) }
    return chunk.count - row
  }

  /// The values of the array that is read.
  private func openValues() throws(ArrowProblem) -> ArrowValues {
    if let values { return values }
    let opened = try ArrowValues(column.field, chunk.array)
    values = opened
    return opened
  }

  /// The next rows, at most ``available()``; valid until the next call.
  func read(_ count: Int) throws(ArrowProblem) -> RecordBatch.Column {
    text.removeAll()
    let values = try openValues()
    defer { row += count }
    let first = chunk.offset + row
    if column.field.isList {
      try readLists(values, first, count)
    } else if !column.field.dictionary.isEmpty {
      if let coded = try readCodes(values, first, count) { return coded }
    } else if form == .numbers, values.numbers(first, count, into: numbers) {
      markMissing(count) { numbers[$0] = .nan }
      var areSound = true
      for index in 0..<count {
        areSound =
          areSound
          && (numbers[index].isNaN || abs(numbers[index]) <= Double(Float.greatestFiniteMagnitude))
      }
      if areSound { return RecordBatch.Column(cells: cells, numbers: numbers) }
      // One that no model can take is shown as it would stand in a text.
      try values.texts(first, count, into: cells, &text)
    } else {
      try values.texts(first, count, into: cells, &text)
    }
    markMissing(count) { cells[$0] = Cell(start: noBytes, count: 0) }
    return RecordBatch.Column(cells: cells)
  }

  /// Calls `mark` with each of the next rows whose value, or a structure around it, is missing.
  private func markMissing(_ count: Int, _ mark: (Int) -> Void) {
    for validity in chunk.validities {
      guard let bits = validity.bits else { continue }
      for index in 0..<count {
        let place = validity.offset + row + index
        if bits[place >> 3] >> UInt8(place & 7) & 1 == 0 { mark(index) }
      }
    }
  }

  /// Codes where they are wanted; nil where the cells have been filled.
  private func readCodes(_ values: ArrowValues, _ first: Int, _ count: Int) throws(ArrowProblem)
    -> RecordBatch.Column?
  {
    let dictionary = try chunk.dictionary(of: column.field)
    for index in 0..<count { codes[index] = Int32(clamping: values.index(first + index)) }
    markMissing(count) { codes[$0] = -1 }
    let isMissing = Int32(-1)
    for index in 0..<count {
      let code = codes[index]
      if code == isMissing && isHidden(index) { continue }
      guard 0..<dictionary.count ~= Int(code) else {
        throw ArrowProblem(
          "index \(code)", expected: "below \(dictionary.count), the dictionary's size")
      }
    }
    if form == .codes { return RecordBatch.Column(codes: codes, of: dictionary, cells: cells) }
    for index in 0..<count {
      cells[index] =
        codes[index] < 0
        ? Cell(start: noBytes, count: 0) : dictionary.cells[Int(codes[index])]
    }
    return nil
  }

  /// Whether one of the next rows has no value.
  private func isHidden(_ index: Int) -> Bool {
    chunk.validities.contains { validity in
      guard let bits = validity.bits else { return false }
      let place = validity.offset + row + index
      return bits[place >> 3] >> UInt8(place & 7) & 1 == 0
    }
  }

  // MARK: Lists

  private func readLists(_ values: ArrowValues, _ first: Int, _ count: Int) throws(ArrowProblem) {
    let field = column.field.children[0]
    guard chunk.array.pointee.n_children == 1, let child = chunk.array.pointee.children?[0] else {
      throw ArrowProblem.noBuffer
    }
    let elements = try ArrowValues(field, UnsafePointer(child))
    let base = Int(child.pointee.offset)
    for index in 0..<count {
      guard !isHidden(index) else {
        cells[index] = Cell(start: noBytes, count: 0)
        continue
      }
      let range: Range<Int>
      switch column.field.layout {
      case .lists(let size): range = try values.offsets(first + index, size)
      case .fixedLists(let size): range = (first + index) * size..<(first + index + 1) * size
      default: preconditionFailure("no lists")
      }
      guard range.upperBound <= Int(child.pointee.length) else {
        throw ArrowProblem(
          "a list that ends at value \(range.upperBound)",
          expected: "at most \(child.pointee.length), as many as there are")
      }
      cells[index] = try list(
        elements, field, child, base + range.lowerBound..<base + range.upperBound)
    }
  }

  /// The values of a list, each behind a NUL.
  private func list(
    _ elements: ArrowValues, _ field: ArrowField, _ array: UnsafeMutablePointer<ArrowArray>,
    _ range: Range<Int>
  ) throws(ArrowProblem) -> Cell {
    var bytes: [UInt8] = []
    elementText.removeAll()
    var dictionary: ArrowValues?
    if let values = field.dictionary.first {
      guard let array = array.pointee.dictionary else { throw ArrowProblem.noBuffer }
      dictionary = try ArrowValues(values, UnsafePointer(array))
    }
    var cell = Cell(start: noBytes, count: 0)
    for place in range where elements.isThere(place) {
      if let dictionary {
        let (index, all) = (elements.index(place), array.pointee.dictionary.pointee)
        guard 0..<Int(all.length) ~= index else {
          throw ArrowProblem("index \(index)", expected: "one of the dictionary's \(all.length)")
        }
        try dictionary.texts(Int(all.offset) + index, 1, into: &cell, &elementText)
      } else {
        try elements.texts(place, 1, into: &cell, &elementText)
      }
      guard cell.count > 0 else { continue }
      bytes.append(0)
      bytes.append(contentsOf: cell.bytes)
      guard bytes.count <= SourceBlocks.longestRecord else {
        throw ArrowProblem(
          "a list of more than \(SourceBlocks.longestRecord >> 20) MiB", expected: "a shorter one")
      }
    }
    let room = text.reserve(max(bytes.count, 1))
    bytes.withUnsafeBufferPointer {
      if let base = $0.baseAddress { room.update(from: base, count: bytes.count) }
    }
    text.keep(bytes.count)
    return Cell(start: UnsafePointer(room), count: bytes.count)
  }
}
