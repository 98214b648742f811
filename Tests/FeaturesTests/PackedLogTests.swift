import Foundation
import Testing

@testable import Datasets
@testable import Features
@testable import Logs

/// Logs as other programs pack them.
@Suite struct PackedLogTests {
  static let text = "label,u\n1,a\n0,b\n"

  private static func rows(_ bytes: [UInt8]) throws -> Int {
    let log = LogSource.bytes(bytes)
    return try FeatureEncoder.fit(to: [log]).encode([log]).rows
  }

  /// A zstd frame of one raw block, with a window of 2^`window` bytes.
  private static func frame(_ text: String, window: UInt8) -> [UInt8] {
    let head = UInt32(text.utf8.count) << 3 | 1
    return [0x28, 0xB5, 0x2F, 0xFD, 0, (window - 10) << 3]
      + (0..<3).map { UInt8(truncatingIfNeeded: head >> (8 * $0)) } + Array(text.utf8)
  }

  @Test(arguments: [
    ("BZh91AY&SY", "bzip2 (.bz2)"), ("\u{FD}7zXZ\0", "xz"), ("PK\u{3}\u{4}\u{14}\0", "zip"),
    ("\u{FF}\u{FE}l\0", "UTF-16"), ("PAR1\u{15}\u{4}", "Parquet"),
  ])
  func `a file of another kind is named`(head: String, name: String) {
    let bytes = head.unicodeScalars.map { UInt8($0.value) }
    #expect(message { _ = try Self.rows(bytes) }?.contains("found \(name)") == true)
  }

  @Test func `lines that end in a carriage return are named`() {
    let text = Self.text.replacingOccurrences(of: "\n", with: "\r")
    #expect(
      message { _ = try Self.rows(Array(text.utf8)) }?.contains(
        "log.csv:1:8: found a line that ends in a carriage return (CR)") == true)
  }

  @Test func `zeros behind gzip are passed over`() throws {
    let packed = gzip(Array(Self.text.utf8))
    #expect(try Self.rows(packed + [UInt8](repeating: 0, count: 100_000)) == 2)
    #expect(try Self.rows(packed + [0, 0] + gzip(Array("1,c\n".utf8))) == 3)
    #expect(message { _ = try Self.rows(packed + [0, 7, 7, 7]) }?.contains("damaged") == true)
  }

  @Test func `frames of zstd may be skippable, and their windows long`() throws {
    let skippable: [UInt8] = [0x5E, 0x2A, 0x4D, 0x18, 2, 0, 0, 0, 9, 9]
    #expect(try Self.rows(skippable + Self.frame(Self.text, window: 20)) == 2)
    #expect(try Self.rows(Self.frame(Self.text, window: 28)) == 2)
  }

  @Test(arguments: [
    ("q.svm", "1 qid:3 1:0.5\n0 qid:3 2:0.1\n", "q.svm:1:3: found \"qid:3\""),
    ("s.ffm", "1 0:1 1:2\n0 0:3 1:4\n", "s.ffm:1:3: found \"0:1\""),
    ("a.jsonl", "[{\"label\":1}]\n", "a.jsonl:1:1: found \"[{"),
  ])
  func `where every row is bad the first one is named`(name: String, text: String, start: String) {
    let found = message { _ = try Schema().completed(from: [.text(text, name: name)]) }
    #expect(found?.hasPrefix(start) == true, "\(found ?? "")")
  }
}
