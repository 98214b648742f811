/// The values of a field that have a row of their own, by falling count, ties by their bytes.
public struct Vocabulary: Sendable {
  let table = ByteTable()

  /// The number of values.
  public var count: Int { table.count }

  /// The value of a rank.
  public subscript(_ rank: Int) -> String { String(decoding: table[rank], as: UTF8.self) }

  /// The rank of a value, or nil for one that is not here.
  public func rank(of value: String) -> Int? {
    var value = value
    let rank = value.withUTF8 { table.find(UnsafeRawBufferPointer($0)) }
    return rank < 0 ? nil : rank
  }

  /// What a tally holds at least `minCount` times.
  init(_ tally: Tally, minCount: Int) {
    let kept = tally.counts.indices.filter { tally.counts[$0] >= minCount }
    let ranked = kept.sorted { a, b in
      tally.counts[a] != tally.counts[b]
        ? tally.counts[a] > tally.counts[b]
        : tally.table[a].lexicographicallyPrecedes(tally.table[b])
    }
    for number in ranked {
      _ = table.insert(tally.table[number])
    }
  }
}

extension Vocabulary: Codable, Equatable {
  /// Reads the list of values.
  public init(from decoder: any Decoder) throws {
    for var value in try decoder.singleValueContainer().decode([String].self) {
      let before = count
      value.withUTF8 { _ = table.insert(UnsafeRawBufferPointer($0)) }
      guard count > before else {
        throw DecodingError.dataCorrupted(
          .init(codingPath: decoder.codingPath, debugDescription: "\(quoted(value)) twice"))
      }
    }
  }

  /// Writes the list of values.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode((0..<count).map { self[$0] })
  }

  /// Whether the values are the same in the same order.
  public static func == (a: Vocabulary, b: Vocabulary) -> Bool {
    a.count == b.count && (0..<a.count).allSatisfy { a.table[$0].elementsEqual(b.table[$0]) }
  }
}

/// How often each value was seen.
struct Tally {
  let table = ByteTable()
  private(set) var counts: [Int] = []

  @inline(__always)
  mutating func add(_ bytes: UnsafeRawBufferPointer) {
    let number = table.insert(bytes)
    if number == counts.count { counts.append(1) } else { counts[number] += 1 }
  }
}
