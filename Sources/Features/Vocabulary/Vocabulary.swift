import Logs
import Support

/// The values of a field that have a row of their own, by falling count, ties by their bytes.
package struct Vocabulary: Sendable {
  /// Each value with its rank.
  let table: StringTable
  /// Where the value of each rank is in the table.
  private let places: [UInt32]

  /// The number of values.
  package var count: Int { places.count }

  /// The value of a rank.
  package subscript(_ rank: Int) -> String { String(decoding: bytes(of: rank), as: UTF8.self) }

  /// The rank of a value, or nil for one that is not here.
  package func rank(of value: String) -> Int? {
    var value = value
    let rank = value.withUTF8 { table.find(ByteKey(UnsafeRawBufferPointer($0))) }
    return rank < 0 ? nil : rank
  }

  /// The bytes of a rank, valid as long as the vocabulary.
  func bytes(of rank: Int) -> UnsafeRawBufferPointer { table.bytes(at: Int(places[rank])) }

  /// No values.
  init() {
    (table, places) = (StringTable(), [])
  }

  /// What was counted at least `minCount` times.
  init(_ counts: StringTable, minCount: Int) {
    let ranked = Self.ranked(counts, minCount: minCount)
    let table = StringTable(capacity: ranked.count)
    for (rank, value) in ranked.enumerated() {
      _ = table.insert(ByteKey(counts.bytes(at: Int(value.place))), rank)
    }
    self.init(table)
  }

  /// All that was counted, in the table of the counts, which is the vocabulary's from then on.
  init(ranking counts: StringTable) {
    for (rank, value) in Self.ranked(counts, minCount: 0).enumerated() {
      counts.storage.pointee.setNumber(rank, at: Int(value.place))
    }
    self.init(counts)
  }

  /// The bytes that it takes.
  var memory: Int { table.memory + places.count * MemoryLayout<UInt32>.stride }

  /// What is compared while values are ranked.
  private struct Ranked {
    var prefix: UInt64
    var count: UInt32
    var place: UInt32
  }

  /// The memory that ranking takes beside the tables, half of it while sorting.
  static func rankingMemory(of count: Int) -> Int { count * MemoryLayout<Ranked>.stride * 3 / 2 }

  private static func ranked(_ counts: StringTable, minCount: Int) -> [Ranked] {
    // The first bytes decide most comparisons without a way to the table.
    var ranked: [Ranked] = []
    ranked.reserveCapacity(counts.places.count { counts.number(at: $0) >= minCount })
    for place in counts.places where counts.number(at: place) >= minCount {
      let word = ShortText.word(UnsafeRawBufferPointer(rebasing: counts.bytes(at: place).prefix(8)))
      ranked.append(
        Ranked(
          prefix: word.byteSwapped, count: UInt32(clamping: counts.number(at: place)),
          place: UInt32(place)))
    }
    ranked.sort { a, b in
      if a.count != b.count { return a.count > b.count }
      let (first, second) = (Int(a.place), Int(b.place))
      if a.count == .max && counts.number(at: first) != counts.number(at: second) {
        return counts.number(at: first) > counts.number(at: second)
      }
      if a.prefix != b.prefix { return a.prefix < b.prefix }
      return OrderedBytes(counts.bytes(at: first)).precedes(OrderedBytes(counts.bytes(at: second)))
    }
    return ranked
  }

  /// Values by their ranks, from a table that has one for each of 0..<count.
  private init(_ table: StringTable) {
    var places = [UInt32](repeating: 0, count: table.count)
    for place in table.places { places[table.number(at: place)] = UInt32(place) }
    (self.table, self.places) = (table, places)
  }
}

extension Vocabulary: Codable, Equatable {
  /// Reads the list of values.
  package init(from decoder: any Decoder) throws {
    let values = try decoder.singleValueContainer().decode([String].self)
    let table = StringTable(capacity: values.count)
    for (rank, var value) in values.enumerated() {
      let isNew = value.withUTF8 { table.insert(ByteKey(UnsafeRawBufferPointer($0)), rank) }
      guard isNew else {
        throw DecodingError.dataCorrupted(
          .init(codingPath: decoder.codingPath, debugDescription: "\(quoted(value)) twice"))
      }
    }
    self.init(table)
  }

  /// Writes the list of values.
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode((0..<count).map { self[$0] })
  }

  /// Whether the values are the same in the same order.
  package static func == (a: Vocabulary, b: Vocabulary) -> Bool {
    a.table === b.table
      || a.count == b.count
        && (0..<a.count).allSatisfy { a.bytes(of: $0).elementsEqual(b.bytes(of: $0)) }
  }
}
