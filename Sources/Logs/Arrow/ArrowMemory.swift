import CArrow
import Support
import Synchronization

/// An array of a stream, which stays where it is until this goes.
final class ArrowMemory: @unchecked Sendable {
  // Sendable: arrays are read only, and may be released by any thread.
  private let array: UnsafeMutablePointer<ArrowArray>

  /// - Parameter array: becomes this object's.
  init(_ array: ArrowArray) {
    self.array = .allocate(capacity: 1)
    self.array.initialize(to: array)
  }

  deinit {
    if let release = array.pointee.release { release(array) }
    array.deallocate()
  }

  var pointer: UnsafePointer<ArrowArray> { UnsafePointer(array) }
}

/// The values of a column in one array of its stream.
final class ArrowChunk: @unchecked Sendable {
  // Sendable: read only, but for the dictionary, which is locked.

  /// Tells which values are there: a bit of 1 each, of which the first one is at `offset`; nil where all are.
  struct Validity {
    let bits: UnsafePointer<UInt8>?
    let offset: Int
  }

  /// The first row, and how many there are.
  let first: Int
  let count: Int
  let array: UnsafePointer<ArrowArray>
  /// The place of the first row's value in the array's buffers.
  let offset: Int
  /// The column's own, and those of the structures around it.
  let validities: [Validity]
  private let owner: ArrowMemory
  private let dictionary = Mutex<ColumnDictionary?>(nil)

  init(
    first: Int, count: Int, array: UnsafePointer<ArrowArray>, offset: Int,
    validities: [Validity], owner: ArrowMemory
  ) {
    (self.first, self.count, self.array) = (first, count, array)
    (self.offset, self.validities, self.owner) = (offset, validities, owner)
  }

  /// The values that indices point to, as text; made once, whichever threads ask for it.
  func dictionary(of field: ArrowField) throws(ArrowProblem) -> ColumnDictionary {
    try dictionary.withLock { known throws(ArrowProblem) in
      if let known { return known }
      let made = try makeDictionary(field.dictionary[0])
      known = made
      return made
    }
  }

  private func makeDictionary(_ field: ArrowField) throws(ArrowProblem) -> ColumnDictionary {
    guard let array = array.pointee.dictionary else { throw ArrowProblem.noBuffer }
    let values = try ArrowValues(field, UnsafePointer(array))
    let count = Int(array.pointee.length)
    let cells = UnsafeMutablePointer<Cell>.allocate(capacity: max(count, 1))
    var text = CellText()
    do throws(ArrowProblem) {
      try values.texts(Int(array.pointee.offset), count, into: cells, &text)
    } catch {
      cells.deallocate()
      throw error
    }
    for index in 0..<count where !values.isThere(Int(array.pointee.offset) + index) {
      cells[index] = Cell(start: noBytes, count: 0)
    }
    return ColumnDictionary(cells: cells, count: count, text: text, owner: owner)
  }
}

/// What is wrong with the arrays of a stream; the column is named by whoever catches it.
struct ArrowProblem: Error {
  var found: String
  var expected: String
  var remedy = "check the program that made the columns"

  init(_ found: String, expected: String) { (self.found, self.expected) = (found, expected) }

  static let noBuffer = ArrowProblem(
    "an array without its values", expected: "the buffers that its type has")

  func error(of log: String, column: String) -> UserError {
    UserError(
      "\(log), column \(quoted(column))", found: found, expected: expected, remedy: remedy)
  }
}
