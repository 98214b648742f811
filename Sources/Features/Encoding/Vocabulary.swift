/// The values of a field that have a row of their own, by falling count, ties by their bytes.
public struct Vocabulary: Sendable {
  /// Each value with its rank.
  let table: ByteTable
  /// Where the value of each rank is in the table.
  private let places: [UInt32]

  /// The number of values.
  public var count: Int { places.count }

  /// The value of a rank.
  public subscript(_ rank: Int) -> String { String(decoding: bytes(of: rank), as: UTF8.self) }

  /// The rank of a value, or nil for one that is not here.
  public func rank(of value: String) -> Int? {
    var value = value
    let rank = value.withUTF8 { table.find(ByteKey(UnsafeRawBufferPointer($0))) }
    return rank < 0 ? nil : rank
  }

  /// The bytes of a rank, valid as long as the vocabulary.
  func bytes(of rank: Int) -> UnsafeRawBufferPointer { table.bytes(at: Int(places[rank])) }

  /// No values.
  init() {
    (table, places) = (ByteTable(), [])
  }

  /// What was counted at least `minCount` times.
  init(_ counts: ByteTable, minCount: Int) {
    // The first bytes decide most comparisons without a way to the table.
    var ranked: [(count: Int, prefix: UInt64, place: Int)] = []
    for place in counts.places where counts.number(at: place) >= minCount {
      let bytes = counts.bytes(at: place)
      let prefix = (0..<8).reduce(UInt64(0)) { $0 << 8 | UInt64($1 < bytes.count ? bytes[$1] : 0) }
      ranked.append((counts.number(at: place), prefix, place))
    }
    ranked.sort { a, b in
      if a.count != b.count { return a.count > b.count }
      if a.prefix != b.prefix { return a.prefix < b.prefix }
      return counts.bytes(at: a.place).lexicographicallyPrecedes(counts.bytes(at: b.place))
    }
    let table = ByteTable(capacity: ranked.count)
    for (rank, value) in ranked.enumerated() {
      _ = table.insert(ByteKey(counts.bytes(at: value.place)), rank)
    }
    self.init(table)
  }

  /// Values by their ranks, from a table that has one for each of 0..<count.
  private init(_ table: ByteTable) {
    var places = [UInt32](repeating: 0, count: table.count)
    for place in table.places { places[table.number(at: place)] = UInt32(place) }
    (self.table, self.places) = (table, places)
  }
}

extension Vocabulary: Codable, Equatable {
  /// Reads the list of values.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.singleValueContainer().decode([String].self)
    let table = ByteTable(capacity: values.count)
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
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode((0..<count).map { self[$0] })
  }

  /// Whether the values are the same in the same order.
  public static func == (a: Vocabulary, b: Vocabulary) -> Bool {
    a.table === b.table
      || a.count == b.count
        && (0..<a.count).allSatisfy { a.bytes(of: $0).elementsEqual(b.bytes(of: $0)) }
  }
}
