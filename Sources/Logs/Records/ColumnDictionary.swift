import Synchronization

/// The different values of a column in a stretch of a log whose format writes each of them once, and in its rows
/// only which one it is. What is found out of a value is then found out once for all of its rows.
package final class ColumnDictionary: @unchecked Sendable {
  // Sendable: made by one thread, then only read, what is derived of it excepted, which is locked.

  /// The values, [count].
  package let cells: UnsafePointer<Cell>
  package let count: Int
  /// Keeps the values' bytes.
  private let owner: AnyObject
  private let derived = Mutex<[(key: ObjectIdentifier, field: Int, value: AnyObject)]>([])
  private var text: CellText

  /// - Parameters:
  ///   - cells: allocated, becomes the dictionary's.
  ///   - text: holds bytes of values.
  ///   - owner: holds those of the others.
  init(
    cells: UnsafeMutablePointer<Cell>, count: Int, text: consuming CellText, owner: AnyObject
  ) {
    (self.cells, self.count, self.owner) = (UnsafePointer(cells), count, owner)
    self.text = text
  }

  deinit { UnsafeMutablePointer(mutating: cells).deallocate() }

  /// What somebody finds out of all values for one of his fields; made once, whichever threads ask for it.
  ///
  /// - Parameter key: lives as long as the dictionary is used with it.
  package func derived<Value: AnyObject>(
    for key: AnyObject, field: Int, _ make: () -> Value
  ) -> Value {
    derived.withLock { known in
      let key = ObjectIdentifier(key)
      if let found = known.first(where: { $0.key == key && $0.field == field }) {
        return unsafeDowncast(found.value, to: Value.self)
      }
      let made = make()
      known.append((key, field, made))
      return made
    }
  }
}
