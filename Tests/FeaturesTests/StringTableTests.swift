import Random
import Testing

@testable import Features

@Suite struct StringTableTests {
  static func key<R>(_ text: String, _ body: (ByteKey) -> R) -> R {
    var text = text
    return text.withUTF8 { body(ByteKey(UnsafeRawBufferPointer($0))) }
  }

  /// Random strings of all lengths about a word's, with zeros in them, some many times.
  static let strings: [String] = {
    var stream = RandomStream(seed: 4, purpose: "strings")
    return (0..<6_000).map { _ in
      String((0..<stream.below(20)).map { _ in ["\0", "a", "b", "é"][stream.below(4)] }.joined())
    }
  }()

  @Test func `counts are those of a dictionary`() {
    let table = StringTable()
    var counts: [String: Int] = [:]
    for text in Self.strings {
      Self.key(text) { table.add(1, to: $0) }
      counts[text, default: 0] += 1
    }
    #expect(table.count == counts.count)
    for (text, count) in counts { #expect(Self.key(text) { table.find($0) } == count) }
    var seen: [String: Int] = [:]
    for place in table.places {
      seen[String(decoding: table.bytes(at: place), as: UTF8.self)] = table.number(at: place)
    }
    #expect(seen == counts)
    #expect(Self.key("never seen") { table.find($0) } == -1)
  }

  @Test func `tables merge`() {
    let (a, b, whole) = (StringTable(), StringTable(), StringTable())
    for (index, text) in Self.strings.enumerated() {
      Self.key(text) {
        whole.add(1, to: $0)
        (index % 3 == 0 ? a : b).add(1, to: $0)
      }
    }
    a.merge(b)
    #expect(a.count == whole.count)
    #expect(Self.strings.allSatisfy { Self.key($0) { a.find($0) == whole.find($0) } })
  }

  @Test func `a string is inserted once`() {
    let table = StringTable()
    #expect(Self.key("x") { table.insert($0, 7) })
    #expect(Self.key("x") { !table.insert($0, 8) })
    #expect(Self.key("x") { table.find($0) } == 7)
    #expect(Self.key("") { table.insert($0, 0) } && table.count == 2)
  }
}
