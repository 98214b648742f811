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
    ("7z\u{BC}\u{AF}\u{27}", "7z"), ("PK\u{5}\u{6}\0\0", "an empty zip archive"),
    ("\u{4}\"M\u{18}", "lz4"), ("\u{FF}\u{FE}\0\0l", "UTF-32"), ("Obj\u{1}\u{4}", "Avro"),
    ("ARROW1\0\0", "an Arrow file"), ("\u{FF}\u{FF}\u{FF}\u{FF}\0", "an Arrow stream"),
  ])
  func `a file of another kind is named`(head: String, name: String) {
    let bytes = head.unicodeScalars.map { UInt8($0.value) }
    #expect(message { _ = try Self.rows(bytes) }?.contains("found \(name)") == true)
  }

  /// ``text`` as Python's `bz2`, `lzma` and `zipfile` pack it: deflated, stored, and as it is written into
  /// a pipe.
  private static let packed = [
    "QlpoOTFBWSZTWSo/+EEAAAdZgAAQAARgADIEAgAgADEGTEEBp6miYDI664erxdyRThQkCo/+EEA=",
    "/Td6WFoAAATm1rRGAgAhARYAAAB0L+WjAQAPbGFiZWwsdQoxLGEKMCxiCgDtTRgHUawANAABKBDlC2xgH7bzfQEAAAAABFla",
    "UEsDBBQAAAAIAAAAIVhIMuJtEgAAABAAAAAHAAAAbG9nLmNzdstJTErN0SnlMtRJ5DLQSeICAFBLAQIUAxQAAAAIAAAAIVhI"
      + "MuJtEgAAABAAAAAHAAAAAAAAAAAAAACAAQAAAABsb2cuY3N2UEsFBgAAAAABAAEANQAAADcAAAAAAA==",
    "UEsDBBQAAAAAAAAAIVhIMuJtEAAAABAAAAAHAAAAbG9nLmNzdmxhYmVsLHUKMSxhCjAsYgpQSwECFAMUAAAAAAAAACFYSDLi"
      + "bRAAAAAQAAAABwAAAAAAAAAAAAAAgAEAAAAAbG9nLmNzdlBLBQYAAAAAAQABADUAAAA1AAAAAAA=",
    "UEsDBBQACAAIAAAAIVgAAAAAAAAAAAAAAAAHAAAAbG9nLmNzdstJTErN0SnlMtRJ5DLQSeICAFBLBwhIMuJtEgAAABAAAABQ"
      + "SwECFAMUAAgACAAAACFYSDLibRIAAAAQAAAABwAAAAAAAAAAAAAAgAEAAAAAbG9nLmNzdlBLBQYAAAAAAQABADUAAABHAAAAAAA"
      + "=",
  ].map { Array(Data(base64Encoded: $0)!) }

  /// ``text`` in the form that came before xz.
  private static let lzma = "XQAAgAD//////////wA2GEhz/BJ1ccz3F8gkQTCs1V9fst3//G9AAA=="

  @Test func `bzip2, xz and zip are read`() throws {
    for bytes in Self.packed + [Array(Data(base64Encoded: Self.lzma)!)] {
      #expect(try Self.rows(bytes) == 2)
    }
    // Several streams one after the other, and what fills up a block.
    for bytes in Self.packed.prefix(2) {
      let twice = bytes + bytes.map { $0 } + [0, 0, 0, 0]
      // The second header is a row that cannot be read.
      #expect(message { _ = try Self.rows(twice) }?.contains(":4:1: found label \"label\"") == true)
    }
  }

  @Test(arguments: 0..<5) func `what is packed is cut short or damaged is refused`(kind: Int) throws
  {
    let bytes = Self.packed[kind]
    for size in 5..<(kind < 2 ? bytes.count : 53) {
      let found = message { _ = try Self.rows(Array(bytes.prefix(size))) }
      #expect(
        found?.contains("inside") == true || found?.contains("damaged") == true, "\(found ?? "")")
    }
    for place in kind < 2 ? 4..<bytes.count : 37..<53 {
      var bytes = bytes
      bytes[place] ^= 0x10
      // What no reader looks at may be anything.
      let found = try? LogSource.bytes(bytes).contents()
      #expect(found == nil || found == Array(Self.text.utf8), "\(place)")
    }
  }

  private static let archives: [(String, String?)] = [
    (
      "UEsDBBQAAAAIAAAAIVgAAAAAAgAAAAAAAAACAAAAZC8DAFBLAwQUAAAACAAAACFYSDLibRIAAAAQAAAACQAAAGQvbG9nLmNz"
        + "dstJTErN0SnlMtRJ5DLQSeICAFBLAwQUAAAACAAAACFYOZz7BgYAAAAEAAAAFAAAAF9fTUFDT1NYL2QvLl9sb2cuY3N2yyrN"
        + "ywYAUEsBAhQDFAAAAAgAAAAhWAAAAAACAAAAAAAAAAIAAAAAAAAAAAAAAIABAAAAAGQvUEsBAhQDFAAAAAgAAAAhWEgy4m0S"
        + "AAAAEAAAAAkAAAAAAAAAAAAAAIABIgAAAGQvbG9nLmNzdlBLAQIUAxQAAAAIAAAAIVg5nPsGBgAAAAQAAAAUAAAAAAAAAAAA"
        + "AACAAVsAAABfX01BQ09TWC9kLy5fbG9nLmNzdlBLBQYAAAAAAwADAKkAAACTAAAAAAA=", nil
    ),
    (
      "UEsDBBQAAAAIAAAAIVhIMuJtEgAAABAAAAAFAAAAYS5jc3bLSUxKzdEp5TLUSeQy0EniAgBQSwMEFAAAAAgAAAAhWEgy4m0S"
        + "AAAAEAAAAAUAAABiLmNzdstJTErN0SnlMtRJ5DLQSeICAFBLAQIUAxQAAAAIAAAAIVhIMuJtEgAAABAAAAAFAAAAAAAAAAAA"
        + "AACAAQAAAABhLmNzdlBLAQIUAxQAAAAIAAAAIVhIMuJtEgAAABAAAAAFAAAAAAAAAAAAAACAATUAAABiLmNzdlBLBQYAAAAA"
        + "AgACAGYAAABqAAAAAAA=", "a zip archive of several files"
    ),
    (
      "UEsDBBQAAAAIAAAAIVgrhCYSBgAAAAQAAAATAAAAW0NvbnRlbnRfVHlwZXNdLnhtbLOp0LcDAFBLAQIUAxQAAAAIAAAAIVgr"
        + "hCYSBgAAAAQAAAATAAAAAAAAAAAAAACAAQAAAABbQ29udGVudF9UeXBlc10ueG1sUEsFBgAAAAABAAEAQQAAADcAAAAAAA==",
      "a spreadsheet or document"
    ),
  ]

  @Test(arguments: archives) func `an archive holds one log`(base64: String, refusal: String?)
    throws
  {
    let bytes = Array(Data(base64Encoded: base64)!)
    guard let refusal else {
      #expect(try Self.rows(bytes) == 2)
      return
    }
    #expect(message { _ = try Self.rows(bytes) }?.contains("found \(refusal)") == true)
  }

  @Test(arguments: [String.Encoding.utf16LittleEndian, .utf16BigEndian])
  func `UTF-16 with a mark is read`(encoding: String.Encoding) throws {
    let text = "label,u\r\n1,é€𝄞\r\n0,b\n"
    let bytes = Array(("\u{FEFF}" + text).data(using: encoding)!)
    for bytes in [bytes, gzip(bytes)] {
      let log = LogSource.bytes(bytes)
      let schema = try Schema().completed(from: [log]).schema
      #expect(
        try RowRecorder.rows(of: [log], schema).rows
          == RowRecorder.rows(of: [.text(text)], schema).rows)
      #expect(try RowRecorder.rows(of: [log], schema).rows[0].contains("é€𝄞"))
    }
    // Half a character at the end; half a pair costs its row.
    #expect(
      message { _ = try Self.rows(bytes.dropLast()) }?.contains(
        "log.csv:3:4: found a byte that is not UTF-8") == true)
    let half = encoding == .utf16LittleEndian ? [UInt8(0x34), 0xD8] : [0xD8, 0x34]
    #expect(
      message { _ = try Self.rows(bytes + half + bytes[2..<4]) }?
        .contains("log.csv:4:1: found a byte that is not UTF-8") == true)
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
    ("q.svm", "1 q:3 1:0.5\n0 q:3 2:0.1\n", "q.svm:1:3: found \"q:3\""),
    ("s.ffm", "1 0:1 1:2\n0 0:3 1:4\n", "s.ffm:1:3: found \"0:1\""),
    ("a.jsonl", "[{\"label\":1}]\n", "a.jsonl:1:1: found \"[{"),
  ])
  func `where every row is bad the first one is named`(name: String, text: String, start: String) {
    let found = message { _ = try Schema().completed(from: [.text(text, name: name)]) }
    #expect(found?.hasPrefix(start) == true, "\(found ?? "")")
  }
}
