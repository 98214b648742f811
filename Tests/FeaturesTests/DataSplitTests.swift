import Testing

@testable import Datasets
@testable import Features

@Suite struct DataSplitTests {
  /// The parts of 1,000 rows of which every fourth is a click, in blocks of 64.
  static func parts(
    _ split: DataSplit, rows: Int = 1_000
  ) throws -> [Int] {
    let blocks = Array(stride(from: 0, to: rows, by: 64))
    var counts = RowCounts()
    for first in blocks {
      let clicks = (first..<min(first + 64, rows)).count { $0 % 4 == 0 }
      counts.add([min(64, rows - first) - clicks, clicks])
    }
    var splitter = try Splitter(split, counts: split.isExact ? counts : nil)
    var parts = [Int](repeating: 9, count: rows)
    // In any order of the blocks.
    for block in blocks.indices.reversed() {
      splitter.begin(block)
      for row in blocks[block]..<min(blocks[block] + 64, rows) {
        parts[row] = splitter.part(
          ofRow: row, label: row % 4 == 0 ? 1 : 0, time: Int64(row),
          group: UInt64(row / 10) &* 0x9E37_79B9_7F4A_7C15)
      }
    }
    return parts
  }

  static func sizes(_ parts: [Int]) -> [Int] { (0..<3).map { part in parts.count { $0 == part } } }

  @Test func `shares are near what is asked and stay`() throws {
    let split = try DataSplit(.random, sizes: [.share(0.7), .share(0.2), .share(0.1)], seed: 5)
    let parts = try Self.parts(split)
    // Worked out once: encoded folders and held-out rows of earlier versions stay as they were.
    #expect(parts.prefix(20) == [0, 0, 1, 0, 0, 1, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 2])
    // Binomial: σ is 15 rows for the large part.
    let sizes = Self.sizes(parts)
    #expect(abs(sizes[0] - 700) < 75 && abs(sizes[1] - 200) < 65 && abs(sizes[2] - 100) < 50)
    let rest = try DataSplit(.random, sizes: [.rest, .share(0.2), .share(0.1)], seed: 5)
    #expect(try Self.parts(rest) == parts)
    let other = try DataSplit(.random, sizes: [.share(0.7), .share(0.2), .share(0.1)], seed: 6)
    #expect(try Self.parts(other) != parts)
  }

  @Test func `counts are exact and random`() throws {
    let split = try DataSplit(.random, sizes: [.rest, .count(123), .count(77)], seed: 5)
    let parts = try Self.parts(split)
    #expect(Self.sizes(parts) == [800, 123, 77])
    let other = try Self.parts(
      DataSplit(.random, sizes: [.rest, .count(123), .count(77)], seed: 6))
    #expect(Self.sizes(other) == [800, 123, 77] && other != parts)
    // Spread over the log: no tenth is without test rows, none has most of them.
    for start in stride(from: 0, to: 1_000, by: 250) {
      let count = parts[start..<start + 250].count { $0 == 2 }
      #expect((5...40).contains(count))
    }
    #expect(
      message { _ = try Self.parts(DataSplit(.random, sizes: [.rest, .count(2_000)])) }?.contains(
        "found 1000 rows, expected at least 2000") == true)
  }

  @Test func `labels have the same rate in every part`() throws {
    let split = try DataSplit(.label, sizes: [.share(0.8), .share(0.1), .share(0.1)])
    let parts = try Self.parts(split)
    #expect(Self.sizes(parts) == [800, 100, 100])
    for part in 0..<3 {
      let rows = parts.indices.filter { parts[$0] == part }
      #expect(rows.count { $0 % 4 == 0 } * 4 == rows.count)
    }
  }

  @Test func `groups stay together`() throws {
    let parts = try Self.parts(DataSplit(.group, sizes: [.share(0.5), .share(0.3), .share(0.2)]))
    for group in 0..<100 { #expect(Set(parts[group * 10..<group * 10 + 10]).count == 1) }
    let sizes = Self.sizes(parts)
    #expect(abs(sizes[0] - 500) < 150 && abs(sizes[1] - 300) < 150 && abs(sizes[2] - 200) < 130)
  }

  @Test func `times divide the days`() throws {
    let split = try DataSplit(trainUntil: 100, validUntil: 120, testUntil: 150)
    let parts = try Self.parts(split, rows: 200)
    let expected = (0..<200).map { $0 < 100 ? 0 : $0 < 120 ? 1 : $0 < 150 ? 2 : -1 }
    #expect(parts == expected)
    #expect(try Self.sizes(Self.parts(DataSplit(trainUntil: 900))) == [900, 0, 100])
  }

  @Test(arguments: [1, 2, 3, 10, 64, 65, 1_000])
  func `a permutation has every place once`(count: Int) {
    let order = IndexPermutation(of: count, seed: 7, purpose: 1)
    #expect((0..<count).map { order[$0] }.sorted() == Array(0..<count))
  }

  @Test(
    arguments: [
      ("0.8", .share(0.8)), ("80%", .share(0.8)), ("10000", .count(10_000)), ("rest", .rest),
      ("1", .share(1)), ("0", .share(0)), ("-1", nil), ("1.5", nil), ("some", nil), ("120%", nil),
    ] as [(String, DataSplit.Size?)])
  func `sizes are read`(text: String, size: DataSplit.Size?) {
    #expect(DataSplit.Size(text) == size)
  }

  @Test(
    arguments: [
      (.random, [.share(0.5), .share(0.1)], "sizes 0.5,0.1,0.0"),
      (.random, [.share(0.5), .count(10)], "sizes 0.5,10,0.0"),
      (.group, [.rest, .count(10)], "sizes rest,10,0.0 for groups"),
      (.random, [.share(0), .share(1)], "sizes 0.0,1.0,0.0"),
    ] as [(DataSplit.Rule, [DataSplit.Size], String)])
  func `sizes that cannot be are refused`(
    rule: DataSplit.Rule, sizes: [DataSplit.Size], found: String
  ) {
    #expect(message { _ = try DataSplit(rule, sizes: sizes) }?.contains("found \(found)") == true)
  }
}
