extension StringTableStorage {
  /// Calls `body` with all strings in the order of their bytes, and with their numbers; then it is
  /// empty. Takes half as much memory again as there are entries.
  mutating func drain(_ body: (UnsafeRawBufferPointer, Int) throws -> Void) rethrows {
    var taken = 0
    for place in 0..<size where entries[place].meta != 0 {
      entries[taken] = entries[place]
      taken += 1
    }
    let table = self
    var sorted = UnsafeMutableBufferPointer(start: entries, count: taken)
    sorted.sort { table.precedes($0, $1) }
    defer { clear() }
    for index in 0..<taken { try body(bytes(at: index), number(at: index)) }
  }

  private func precedes(_ a: Entry, _ b: Entry) -> Bool {
    let (first, second) = (string(a), string(b))
    return first.precedes(second)
  }

  private func string(_ entry: Entry) -> OrderedBytes {
    let tag = entry.meta & 0xFF
    if tag != Self.long { return OrderedBytes(word: entry.key, count: Int(tag) - 1) }
    let record = arena + Int(entry.key & 0xFFFF_FFFF) * 8
    return OrderedBytes(record + 8, count: record.load(as: Int.self))
  }
}
