/// Records that a ``SpillFile`` holds in some order, piece by piece.
package struct SpillRun: Sendable {
  /// Where the pieces are.
  package private(set) var pieces: [SpillFile.Range] = []

  package init() {}

  /// Writes a piece, and empties what it was collected in.
  /// - Throws: ``UserError`` with the system's reason.
  package mutating func write(_ piece: inout [UInt8], to file: SpillFile) throws {
    guard !piece.isEmpty else { return }
    pieces.append(try piece.withUnsafeBytes(file.append))
    piece.removeAll(keepingCapacity: true)
  }
}

/// Reads a run, record by record.
public protocol RunCursor: AnyObject {
  /// Moves on; false at the end.
  func next() throws -> Bool
  /// Whether the record under this cursor comes before that under another one.
  func precedes(_ other: Self) -> Bool
}

/// Several runs read as one: a heap whose first cursor stands at the least record.
///
/// Public, as its cursor is, since the compiler makes a version for each cursor of nothing less: without, an
/// encoding that spills took a tenth longer.
public struct RunMerge<Cursor: RunCursor> {
  @usableFromInline var heap: [Cursor]

  /// - Parameter cursors: each before its first record.
  @inlinable public init(_ cursors: [Cursor]) throws {
    heap = try cursors.filter { try $0.next() }
    for start in (0..<heap.count / 2).reversed() { sift(from: start) }
  }

  /// The cursor at the least record; nil where all are at their ends.
  @inlinable public var first: Cursor? { heap.first }

  /// Moves the first cursor on.
  @inlinable public mutating func advance() throws {
    if try !heap[0].next() {
      heap.swapAt(0, heap.count - 1)
      heap.removeLast()
    }
    sift(from: 0)
  }

  @inlinable mutating func sift(from start: Int) {
    heap.withUnsafeMutableBufferPointer { heap in
      var parent = start
      while true {
        var least = parent
        var child = 2 * parent + 1
        for _ in 0..<2 {
          if child < heap.count, heap[child].precedes(heap[least]) { least = child }
          child += 1
        }
        if least == parent { return }
        heap.swapAt(parent, least)
        parent = least
      }
    }
  }
}
