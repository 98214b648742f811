import Random
import Testing

@testable import Logs

@Suite struct RecordReaderTests {
  @Test(arguments: [
    ("a,b\n1,2\n", [["a", "b"], ["1", "2"]]),
    ("a,b\r\n1,2\r\n", [["a", "b"], ["1", "2"]]),
    ("a,b\n1,2", [["a", "b"], ["1", "2"]]),
    ("a,b\r\n1,2\r", [["a", "b"], ["1", "2"]]),
    ("\u{FEFF}a,b\n1,\n", [["a", "b"], ["1", ""]]),
    ("a,b\n\n\r\n1,2\n\n", [["a", "b"], ["1", "2"]]),
    (#"a,"b,c""# + "\n", [["a", "b,c"]]),
    ("\"say \"\"no\"\"\",\"\"\"\"\r\n", [["say \"no\"", "\""]]),
    ("\"two\nlines\",x\n", [["two\nlines", "x"]]),
    (#"a 5" screen,x"# + "\n", [[#"a 5" screen"#, "x"]]),
    (#""","""# + "\n", [["", ""]]),
    ("é,日本\n", [["é", "日本"]]),
    (",,\n", [["", "", ""]]),
  ])
  func `CSV is cut as RFC 4180 says`(text: String, expected: [[String]]) throws {
    #expect(try records(.text(text), DelimitedText.csv) == expected)
  }

  @Test func `tabs and quotes depend on the dialect`() throws {
    let text = LogSource.text("\"a\tb\"\tc\n")
    #expect(try records(text, DelimitedText.tsv) == [["a\tb", "c"]])
    #expect(try records(text, DelimitedText.rawTSV) == [["\"a", "b\"", "c"]])
  }

  @Test func `runs of blanks are one gap`() throws {
    let text = LogSource.text(" 1  2:1\t3:1 \r\n\n0\n")
    #expect(try records(text, PairText()) == [["1", "2:1", "3:1"], ["0"]])
  }

  @Test(arguments: 0..<3 as Range<UInt64>)
  func `what is written is read across all buffer bounds`(seed: UInt64) throws {
    var stream = RandomStream(seed: seed)
    let alphabet = ["a", "bc", ",", "\"", "\n", "\r\n", "é", "日本", " ", "\t", "0"]
    // A wide cell now and then makes the buffer grow.
    let rows = (0..<2_000).map { row in
      (0..<5).map { _ in
        (0..<stream.below(row % 500 == 7 ? 60_000 : 40)).map { _ in
          alphabet[stream.below(alphabet.count)]
        }.joined() + "."
      }
    }
    var csv = CSVText(columns: ["a", "b", "c", "d", "e"])
    for row in rows { csv.append(row) }
    let plain = try records(.text(csv.text), DelimitedText.csv)
    #expect(plain.dropFirst().elementsEqual(rows))
    let compressed = gzip(Array(csv.text.utf8))
    #expect(try records(.bytes(compressed), DelimitedText.csv) == plain)
  }

  @Test func `lines are counted through quoted breaks`() throws {
    var table = try Table(.text("a\n\"x\ny\"\n\nb\n"), DelimitedText.csv)
    var lines: [Int] = []
    while try table.next() { lines.append(table.line) }
    #expect(lines == [1, 2, 5])
  }

  @Test(arguments: [
    (
      "a,\"b\nc,d\n",
      "log.csv:1:3: found a quote that is never closed, expected a closing quote; "
        + "close it, or double a quote that belongs to the value"
    ),
    (
      "a,b\n\"c\"d,e\n",
      "log.csv:2:4: found text after a closing quote, expected a delimiter or the "
        + "end of the line; double a quote that belongs to the value"
    ),
    (
      "a,b\nc,\0\n",
      "log.csv:2:3: found a NUL byte, expected text; check that this is a log and "
        + "not a binary file, or convert it to UTF-8"
    ),
  ])
  func `what is not CSV is refused`(text: String, expected: String) {
    #expect(message { _ = try records(.text(text), DelimitedText.csv) } == expected)
  }

  @Test(
    arguments: [
      [0xFF], [0xC3], [0x80], [0xE2, 0x82], [0xED, 0xA0, 0x80], [0xC0, 0xAF],
      [0xF5, 0x80, 0x80, 0x80],
    ] as [[UInt8]])
  func `what is not UTF 8 is refused`(bytes: [UInt8]) {
    let log = Array("a,b\nlong enough a line,".utf8) + bytes + Array("\n".utf8)
    #expect(
      message { _ = try records(.bytes(log), DelimitedText.csv) }
        == "log.csv:2:20: found a byte that is not UTF-8, expected text; check that this is a log "
        + "and not a binary file, or convert it to UTF-8")
  }

  @Test func `a gzip of two members is read whole`() throws {
    let bytes = gzip(Array("a,b\n1,".utf8)) + gzip(Array("2\n".utf8))
    #expect(try records(.bytes(bytes), DelimitedText.csv) == [["a", "b"], ["1", "2"]])
  }

  @Test func `a gzip that is cut short is refused`() {
    let whole = gzip(Array(String(repeating: "1,2\n", count: 1000).utf8))
    for size in [3, 12, whole.count - 1] {
      #expect(
        message {
          _ = try records(.bytes(Array(whole.prefix(size)), name: "a.csv.gz"), DelimitedText.csv)
        }
          == "a.csv.gz: found the end of the file at byte \(size) inside a gzip stream, expected "
          + "its end; the file is cut short: copy it again")
    }
  }

  @Test func `a damaged gzip is refused`() {
    var bytes = gzip(Array(String(repeating: "1,2\n", count: 1000).utf8))
    bytes[bytes.count - 6] ^= 1
    let text = message { _ = try records(.bytes(bytes, name: "a.csv.gz"), DelimitedText.csv) }
    #expect(
      text == "a.csv.gz: found damaged gzip data near byte \(bytes.count - 4) (incorrect data "
        + "check), expected gzip data; copy the file again")
  }

  @Test func `a file that is not there is named`() {
    #expect(
      message { _ = try records(.file("no/such.csv"), DelimitedText.csv) }
        == "no/such.csv: found no such file or directory, expected a readable file; check the path "
        + "and its permissions")
  }

  @Test(arguments: [
    ("0", 0.0), ("-3", -3), ("+2.5", 2.5), (".5", 0.5), ("5.", 5), ("1e3", 1000), ("1E-2", 0.01),
    ("0.1", 0.1), ("123456789012345678901234567890", 1.2345678901234568e29), ("-0.000001", -1e-6),
  ])
  func `numbers are read exactly`(text: String, number: Double) {
    #expect(Array(text.utf8).withUnsafeBytes { parseNumber($0) } == number)
  }

  @Test(arguments: ["", "-", ".", "nan", "inf", "0x10", "1,5", "1 ", "1e", "--1", "1e400", "1e39"])
  func `what is no number is refused`(text: String) {
    #expect(Array(text.utf8).withUnsafeBytes { parseNumber($0) } == nil)
  }
}

@Suite struct ZstdTests {
  /// `1,2` on a thousand lines, by `zstd -c`: one frame with a checksum.
  static let frame: [UInt8] = [
    0x28, 0xB5, 0x2F, 0xFD, 0x04, 0x58, 0x5D, 0x00, 0x00, 0x20, 0x31, 0x2C, 0x32, 0x0A, 0x01, 0x00,
    0x99, 0xDF, 0x77, 0x44, 0x8D, 0x0D, 0xFE, 0x2E,
  ]

  @Test func `several frames are one log`() throws {
    #expect(try records(.bytes(Self.frame + Self.frame), DelimitedText.csv).count == 2_000)
    #expect(
      try records(.bytes(Self.frame), DelimitedText.csv)
        == Array(repeating: ["1", "2"], count: 1_000))
  }

  @Test func `a frame that is cut short is refused`() {
    for size in [4, 12, Self.frame.count - 1] {
      #expect(
        message {
          _ = try records(.bytes(Array(Self.frame.prefix(size)), name: "a.zst"), DelimitedText.csv)
        }
          == "a.zst: found the end of the file at byte \(size) inside a zstd frame, expected the "
          + "frame's end; the file is cut short: copy it again")
    }
  }

  @Test func `a damaged frame is refused`() {
    var bytes = Self.frame
    bytes[bytes.count - 2] ^= 1
    #expect(
      message { _ = try records(.bytes(bytes, name: "a.zst"), DelimitedText.csv) }
        == "a.zst: found damaged zstd data near byte 20 (restored data doesn't match checksum), "
        + "expected zstd frames; copy the file again")
  }
}
