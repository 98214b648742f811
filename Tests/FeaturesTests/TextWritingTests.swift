import Foundation
import Testing

@testable import Logs

@Suite struct TextWritingTests {
  /// What a reader of bytes takes for a comma or a quote is one, whatever accent follows it.
  @Test(arguments: [
    ("", ""), ("plain", "plain"), ("a\tb", "a\tb"), ("a,b", "\"a,b\""), ("a\nb", "\"a\nb\""),
    ("a\r", "\"a\r\""), ("5\" wide", "\"5\"\" wide\""), ("x,\u{301}", "\"x,\u{301}\""),
    ("\"\u{301}", "\"\"\"\u{301}\""),
  ])
  func `a cell is in quotes where it needs them`(text: String, expected: String) {
    var bytes = Array("1,".utf8)
    bytes.append(cell: text)
    #expect(bytes == Array("1,\(expected)".utf8))
  }

  @Test(
    arguments: [
      ("a,b", true, "a,b"), ("a\tb", true, "\"a\tb\""), ("5\" wide", true, "\"5\"\" wide\""),
      ("5\" wide", false, "5\" wide"), ("a\tb", false, nil), ("a\nb", false, nil),
    ] as [(String, Bool, String?)])
  func `what needs quotes depends on the dialect`(text: String, quotes: Bool, expected: String?) {
    var bytes: [UInt8] = []
    let isWritten = Array(text.utf8).withUnsafeBytes {
      bytes.append(cell: $0, delimiter: UInt8(ascii: "\t"), quotes: quotes)
    }
    #expect(isWritten == (expected != nil) && bytes == Array((expected ?? "").utf8))
  }

  @Test func `a string of JSON is read back, whatever it holds`() throws {
    let text = String(String.UnicodeScalarView((0..<0x80).map { Unicode.Scalar($0)! })) + "é日本😀"
    for text in [text, "plain é", ""] {
      var bytes: [UInt8] = []
      bytes.append(json: text)
      #expect(try JSONDecoder().decode(String.self, from: Data(bytes)) == text)
    }
    var bytes: [UInt8] = []
    bytes.append(json: "\u{1}\u{1F}\"\\")
    #expect(String(decoding: bytes, as: UTF8.self) == #""\u0001\u001f\"\\""#)
  }
}
