/// The columns that are read of JSON objects: their keys, and those of objects inside, as a tree.
final class JSONColumns: Sendable {
  /// A column's key, or one on the way to a column.
  struct Key: Sendable {
    let text: [UInt8]
    /// The column whose value it holds, −1 for none.
    var column = -1
    /// The level of the keys inside its object, −1 for none.
    var level = -1
  }

  /// The keys of the outer objects, then those of objects inside.
  let levels: [[Key]]
  /// The number of columns.
  let count: Int

  /// - Parameter names: keys; one with dots names a key as it is, and also a place in objects inside:
  ///   `user.id` is the key `id` in the object `user`.
  init(_ names: [String]) {
    var levels: [[Key]] = [[]]
    func key(_ text: Substring, in level: Int) -> Int {
      let bytes = Array(text.utf8)
      if let index = levels[level].firstIndex(where: { $0.text == bytes }) { return index }
      levels[level].append(Key(text: bytes))
      return levels[level].count - 1
    }
    for (column, name) in names.enumerated() {
      levels[0][key(name[...], in: 0)].column = column
      let parts = name.split(separator: ".", omittingEmptySubsequences: false)
      guard parts.count > 1 else { continue }
      var level = 0
      for part in parts.dropLast() {
        let index = key(part, in: level)
        if levels[level][index].level < 0 {
          levels.append([])
          levels[level][index].level = levels.count - 1
        }
        level = levels[level][index].level
      }
      levels[level][key(parts.last!, in: level)].column = column
    }
    self.levels = levels
    count = names.count
  }

  /// The place of a key in its level, −1 where nothing is read of it.
  ///
  /// - Parameter expected: where it is likely to be, since objects mostly have their keys in one order.
  @inline(__always)
  func find(_ text: UnsafeRawBufferPointer, in level: Int, expected: Int) -> Int {
    let keys = levels[level]
    for offset in 0..<keys.count {
      var index = expected + offset
      if index >= keys.count { index -= keys.count }
      if keys[index].text.count == text.count && keys[index].text.elementsEqual(text) {
        return index
      }
    }
    return -1
  }
}
