import Support
import Synchronization

/// Numbers for the values of columns, given out by all threads together in whatever order they come: nothing
/// may depend on them but the names they stand for.
final class ValueNames: Sendable {
  /// A value of a column.
  struct Value: Hashable, Sendable {
    let column: Int
    let text: String
  }

  private struct State {
    var numbers: [Value: Int] = [:]
    var values: [Value] = []
    var counts: [Int: Int] = [:]
  }

  private let state = Mutex(State())
  /// The most values of a column.
  let limit: Int

  init(limit: Int) { self.limit = limit }

  /// The number of a value; nil where its column has too many already.
  func number(of value: Value) -> Int? {
    state.withLock { state in
      if let number = state.numbers[value] { return number }
      guard state.counts[value.column, default: 0] < limit else { return nil }
      state.counts[value.column, default: 0] += 1
      state.numbers[value] = state.values.count
      state.values.append(value)
      return state.values.count - 1
    }
  }

  /// The values by their numbers.
  var values: [Value] { state.withLock(\.values) }

  /// What one thread knows of them already.
  struct Cache {
    private let names: ValueNames
    private var numbers: [UInt64: Int] = [:]

    init(_ names: ValueNames) { self.names = names }

    /// The number of a column's value; nil where there are too many.
    mutating func number(of bytes: UnsafeRawBufferPointer, column: Int) -> Int? {
      let hash = XXH64.hash(bytes, seed: UInt64(truncatingIfNeeded: column))
      if let number = numbers[hash] { return number }
      let text = String(decoding: bytes, as: UTF8.self)
      let number = names.number(of: Value(column: column, text: text))
      if let number { numbers[hash] = number }
      return number
    }
  }
}
