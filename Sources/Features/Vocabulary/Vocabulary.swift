import Logs
import Support

/// The values of a field that have a row of their own, by falling count, ties by their bytes. One that has grown
/// keeps its values' ranks; ranks whose values have expired are free until new ones take them.
package struct Vocabulary: Sendable {
  /// Each value with its rank.
  let table: StringTable
  /// Where the value of each rank is in the table; ``free`` for none.
  private let places: [UInt32]
  private static let free = UInt32.max

  /// The number of ranks: of values, and of those that are free.
  package var count: Int { places.count }

  /// The value of a rank; empty for a free one.
  package subscript(_ rank: Int) -> String { String(decoding: bytes(of: rank), as: UTF8.self) }

  /// The rank of a value by its bytes, or nil for one that is not here.
  package func rank(of value: UnsafeRawBufferPointer) -> Int? {
    let rank = table.find(ByteKey(value))
    return rank < 0 ? nil : rank
  }

  /// Whether a rank has no value.
  package func isFree(_ rank: Int) -> Bool { places[rank] == Self.free }

  /// The rank of a value, or nil for one that is not here.
  package func rank(of value: String) -> Int? {
    var value = value
    let rank = value.withUTF8 { table.find(ByteKey(UnsafeRawBufferPointer($0))) }
    return rank < 0 ? nil : rank
  }

  /// The bytes of a rank, valid as long as the vocabulary; none of a free one.
  func bytes(of rank: Int) -> UnsafeRawBufferPointer {
    isFree(rank)
      ? UnsafeRawBufferPointer(start: nil, count: 0) : table.bytes(at: Int(places[rank]))
  }

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

  /// Values by their ranks, from a table that has one for each of 0..<count, or for some of them.
  private init(_ table: StringTable, count: Int? = nil) {
    var places = [UInt32](repeating: Self.free, count: count ?? table.count)
    for place in table.places { places[table.number(at: place)] = UInt32(place) }
    (self.table, self.places) = (table, places)
  }

  /// Values in the order of their ranks, nil for a free one.
  ///
  /// - Returns: nil where a value stands there twice.
  init?(_ values: [String?]) {
    let table = StringTable(capacity: values.count)
    for (rank, value) in values.enumerated() {
      guard var value else { continue }
      let isNew = value.withUTF8 { table.insert(ByteKey(UnsafeRawBufferPointer($0)), rank) }
      if !isNew { return nil }
    }
    self.init(table, count: values.count)
  }

  /// Its values with their ranks, ascending.
  package var ranked: [(rank: Int, value: String)] {
    values.enumerated().compactMap { rank, value in value.map { (rank, $0) } }
  }

  /// A hash of its values by their ranks.
  var fingerprint: String {
    var hash = XXH64()
    for rank in 0..<count {
      let bytes = bytes(of: rank)
      withUnsafeBytes(of: isFree(rank) ? -1 : bytes.count) { hash.add($0) }
      hash.add(bytes)
    }
    return hexadecimal(hash.value)
  }

  /// Its values in the order of their ranks, nil for a free one.
  package var values: [String?] { (0..<count).map { isFree($0) ? nil : self[$0] } }
}

extension Vocabulary: Codable, Equatable {
  /// Reads the list of values, null for a free rank.
  package init(from decoder: any Decoder) throws {
    let values = try decoder.singleValueContainer().decode([String?].self)
    guard let vocabulary = Vocabulary(values) else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "a value twice"))
    }
    self = vocabulary
  }

  /// Writes the list of values.
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(values)
  }

  /// Whether the values are the same in the same order.
  package static func == (a: Vocabulary, b: Vocabulary) -> Bool {
    a.table === b.table
      || a.count == b.count
        && (0..<a.count).allSatisfy {
          a.isFree($0) == b.isFree($0) && a.bytes(of: $0).elementsEqual(b.bytes(of: $0))
        }
  }
}
