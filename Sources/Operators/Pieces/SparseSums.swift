/// Sums of the gradients of tables over some rows of a batch: for each distinct id one row, that of all tables side
/// by side.
///
/// What goes through all rows has a version for floats, which generic code called from other modules does not get
/// by itself.
struct SparseSums<Scalar: BinaryFloatingPoint & BitwiseCopyable & Sendable>: Sendable {
  /// The distinct ids, ascending, and how often each occurs.
  var unique: UniqueIDCounts
  /// [ids × width]
  var rows: [Scalar]
  /// The tables' columns together.
  let width: Int

  /// - Parameter parts: the rows of each table, [ids × columns].
  @_specialize(where Scalar == Float)
  init(_ unique: UniqueIDCounts, _ parts: [(rows: [Scalar], columns: Int)]) {
    let width = parts.reduce(0) { $0 + $1.columns }
    (self.unique, self.width) = (unique, width)
    rows = [Scalar](unsafeUninitializedCapacity: unique.ids.count * width) { target, count in
      var first = 0
      for part in parts {
        part.rows.withUnsafeBufferPointer { from in
          for place in unique.ids.indices {
            for j in 0..<part.columns {
              target[place * width + first + j] = from[place * part.columns + j]
            }
          }
        }
        first += part.columns
      }
      count = unique.ids.count * width
    }
  }

  init(_ unique: UniqueIDCounts, rows: [Scalar], width: Int) {
    (self.unique, self.rows, self.width) = (unique, rows, width)
  }

  /// The rows of the table that begins at a column, [ids × columns].
  @_specialize(where Scalar == Float)
  func rows(from first: Int, columns: Int) -> [Scalar] {
    let ids = unique.ids.count
    return [Scalar](unsafeUninitializedCapacity: ids * columns) { target, count in
      rows.withUnsafeBufferPointer { from in
        for place in 0..<ids {
          for j in 0..<columns { target[place * columns + j] = from[place * width + first + j] }
        }
      }
      count = ids * columns
    }
  }

  /// The same in their places in the whole table, zeros elsewhere, [features × columns].
  @_specialize(where Scalar == Float)
  func wholeRows(from first: Int, columns: Int, features: Int) -> [Scalar] {
    var whole = [Scalar](repeating: 0, count: features * columns)
    whole.withUnsafeMutableBufferPointer { target in
      rows.withUnsafeBufferPointer { from in
        for (place, id) in unique.ids.enumerated() {
          for j in 0..<columns {
            target[Int(id) * columns + j] = from[place * width + first + j]
          }
        }
      }
    }
    return whole
  }

  /// Those of the ids in a range.
  func slice(ids range: Range<Int>) -> SparseSums {
    func place(_ id: Int) -> Int {
      var (low, high) = (0, unique.ids.count)
      while low < high {
        let middle = (low + high) / 2
        if Int(unique.ids[middle]) < id { low = middle + 1 } else { high = middle }
      }
      return low
    }
    let places = place(range.lowerBound)..<place(range.upperBound)
    return SparseSums(
      UniqueIDCounts(ids: Array(unique.ids[places]), counts: Array(unique.counts[places])),
      rows: Array(rows[places.lowerBound * width..<places.upperBound * width]), width: width)
  }

  /// The sums of both: a row that one of them lacks is the other's.
  @_specialize(where Scalar == Float)
  static func + (a: SparseSums, b: SparseSums) -> SparseSums {
    let (width, most) = (a.width, a.unique.ids.count + b.unique.ids.count)
    var (ids, counts): ([Int32], [Int32]) = ([], [])
    ids.reserveCapacity(most)
    counts.reserveCapacity(most)
    let rows = [Scalar](unsafeUninitializedCapacity: most * width) { target, count in
      var next = target.baseAddress!
      a.rows.withUnsafeBufferPointer { ours in
        b.rows.withUnsafeBufferPointer { others in
          var (i, j) = (0, 0)
          while i < a.unique.ids.count || j < b.unique.ids.count {
            let left = i < a.unique.ids.count ? a.unique.ids[i] : .max
            let right = j < b.unique.ids.count ? b.unique.ids[j] : .max
            if left == right {
              let (x, y) = (ours.baseAddress! + i * width, others.baseAddress! + j * width)
              for k in 0..<width { next[k] = x[k] + y[k] }
              counts.append(a.unique.counts[i] + b.unique.counts[j])
              (i, j) = (i + 1, j + 1)
            } else if left < right {
              next.initialize(from: ours.baseAddress! + i * width, count: width)
              counts.append(a.unique.counts[i])
              i += 1
            } else {
              next.initialize(from: others.baseAddress! + j * width, count: width)
              counts.append(b.unique.counts[j])
              j += 1
            }
            ids.append(min(left, right))
            next += width
          }
        }
      }
      count = ids.count * width
    }
    return SparseSums(UniqueIDCounts(ids: ids, counts: counts), rows: rows, width: width)
  }
}

extension SparseSums {
  /// As 4-byte words that travel: how many ids, the ids, their counts where somebody asks for them, the rows.
  func words(withCounts: Bool) -> [UInt32] {
    var words = [UInt32(unique.ids.count)]
    words.reserveCapacity(1 + 2 * unique.ids.count + rows.count * MemoryLayout<Scalar>.size / 4)
    for part in withCounts ? [unique.ids, unique.counts] : [unique.ids] {
      part.withUnsafeBytes { words += $0.bindMemory(to: UInt32.self) }
    }
    rows.withUnsafeBytes { words += $0.bindMemory(to: UInt32.self) }
    return words
  }

  /// - Parameter words: as ``words(withCounts:)``; without counts each is 1.
  init(words: [UInt32], width: Int, withCounts: Bool) {
    let count = Int(words[0])
    func numbers<Number: BitwiseCopyable>(_ first: Int, _ count: Int) -> [Number] {
      [Number](unsafeUninitializedCapacity: count) { target, initialized in
        let bytes = 4 * first..<4 * first + count * MemoryLayout<Number>.size
        words.withUnsafeBytes {
          UnsafeMutableRawBufferPointer(target).copyMemory(
            from: UnsafeRawBufferPointer(rebasing: $0[bytes]))
        }
        initialized = count
      }
    }
    self.init(
      UniqueIDCounts(
        ids: numbers(1, count),
        counts: withCounts ? numbers(1 + count, count) : [Int32](repeating: 1, count: count)),
      rows: numbers(1 + (withCounts ? 2 : 1) * count, count * width), width: width)
  }
}

extension Array {
  /// Their sum by a binary tree over their places: neighbours first, then neighbouring sums. The tree of a part that
  /// begins and ends where a subtree does is a subtree.
  ///
  /// - Precondition: there is at least one, and their number is a power of two.
  func treeSum(_ add: (Element, Element) throws -> Element) rethrows -> Element {
    precondition(count > 0 && count & (count - 1) == 0)
    var sums = self
    while sums.count > 1 {
      sums = try stride(from: 0, to: sums.count, by: 2).map { try add(sums[$0], sums[$0 + 1]) }
    }
    return sums[0]
  }
}
