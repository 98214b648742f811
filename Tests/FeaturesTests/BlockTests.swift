import Random
import Testing

@testable import Features
@testable import Logs

@Suite struct BlockTests {
  /// What a log says, row by row, read in blocks of a size.
  private struct Reading: Equatable {
    var rows: [String] = []
    var rejected: [String] = []
    var raw: [UInt8] = []
    var places: [BlockPlace] = []
  }

  private func read(
    _ sources: [LogSource], _ schema: Schema, blockSize: Int, from place: BlockPlace = BlockPlace()
  ) throws -> Reading {
    var reader = RowReader(
      sources, schema: schema, labels: .required, from: place, blockSize: blockSize)
    var reading = Reading()
    while let block = try reader.next() {
      var recorder = RowRecorder()
      let report = try recorder.read(block)
      #expect(report.rows == recorder.rows.count)
      #expect(report.rows + report.rejected.count == block.rows)
      #expect(block.place.number == place.number + reading.places.count)
      reading.places.append(block.place)
      reading.rows += recorder.rows
      reading.rejected += report.rejected.map(\.error.description)
      reading.raw += report.rejected.flatMap(\.bytes)
    }
    return reading
  }

  private static let schema = Schema(
    format: .csv, label: "label",
    fields: [.categorical("u"), .multivalued("t"), .numeric("n")])

  @Test func `rows know their places in all sources`() throws {
    let first = LogSource.text("\u{FEFF}label,u,t,n\n1,\"a\nb\",x|y,2\n\n0,c,,\n")
    let second = LogSource.text("\nn,u,t,label\r\n5,\"q\"\"\",z,1", name: "b.csv")
    for blockSize in [1, 7, 1 << 20] {
      let reading = try read([first, second], Self.schema, blockSize: blockSize)
      #expect(
        reading.rows == [
          "0:2 #0 1.0 0=a\nbx1.0 1=xx1.0 1=yx1.0 2=2.0;", "0:5 #1 0.0 0=cx1.0 1=? 2=?;",
          "1:3 #2 1.0 0=q\"x1.0 1=zx1.0 2=5.0;",
        ])
    }
  }

  @Test func `a record with broken quotes costs its first line`() throws {
    let log = LogSource.text(
      """
      label,u,t,n
      1,a,x,1
      1,"b,x,1
      0,c,"x",1
      1,"d"e,x,1
      0,"two
      lines"x,x,1
      0,f,x,1
      1,"never,x,1
      0,g,x,1

      """)
    for blockSize in [1, 16, 1 << 20] {
      let reading = try read([log], Self.schema, blockSize: blockSize)
      #expect(reading.rows.map { $0.split(separator: " ")[0] } == ["0:2", "0:4", "0:8", "0:10"])
      #expect(
        reading.rejected.map { $0.split(separator: ",")[0] } == [
          "log.csv:3:3: found a quote that is never closed",
          "log.csv:5:6: found text after a closing quote",
          "log.csv:6:3: found a quote that is never closed",
          "log.csv:7: found 3 columns", "log.csv:9:3: found a quote that is never closed",
        ])
      #expect(
        String(decoding: reading.raw, as: UTF8.self)
          == "1,\"b,x,1\n1,\"d\"e,x,1\n0,\"two\nlines\"x,x,1\n1,\"never,x,1\n")
    }
  }

  @Test func `a bad row is not delivered in part`() throws {
    let log = LogSource.text("label,u,t,n\n1,a,x,old\n2,b,x,1\n0,c,x\n0,d,\0,1\n1,e,x,1\n")
    let reading = try read([log], Self.schema, blockSize: 1 << 20)
    #expect(reading.rows == ["0:6 #4 1.0 0=ex1.0 1=xx1.0 2=1.0;"])
    #expect(
      reading.rejected.map { String($0.prefix { $0 != "," }) } == [
        "log.csv:2:7: found \"old\" in column \"n\"", "log.csv:3:1: found label \"2\"",
        "log.csv:4: found 3 columns", "log.csv:5:5: found a NUL byte",
      ])
  }

  /// Text made to be cut badly: quotes, line ends and blank lines everywhere.
  @Test(arguments: 0..<300 as Range<UInt64>)
  func `block sizes and resuming change nothing`(seed: UInt64) throws {
    var stream = RandomStream(seed: seed)
    let pieces = ["\"", "\"\"", "\n", "\r\n", "\r", ",", "a", "1", "é", "0,b,c|d,1\n", "\u{FEFF}"]
    let text =
      "label,u,t,n\n0,u,t,1\n"
      + (0..<60).map { _ in pieces[stream.below(pieces.count)] }.joined()
    let sources = [LogSource.text(text), .bytes(gzip(Array(text.utf8)), name: "b.csv")]
    let whole = try read(sources, Self.schema, blockSize: 1 << 20)
    for blockSize in [1, 2, 3 + stream.below(30)] {
      let parts = try read(sources, Self.schema, blockSize: blockSize)
      let place = parts.places[stream.below(parts.places.count)]
      let resumed = try read(sources, Self.schema, blockSize: blockSize, from: place)
      #expect(resumed.places.elementsEqual(parts.places.suffix(resumed.places.count)))
      #expect(resumed.rows.elementsEqual(parts.rows.suffix(resumed.rows.count)))
      #expect(parts.rows == whole.rows && parts.raw == whole.raw)
      #expect(parts.rejected.difference(from: whole.rejected).isEmpty)
    }
  }

  @Test func `a record that is too long is refused or cut at its line`() throws {
    let long = String(repeating: "x", count: SourceBlocks.longestRecord)
    #expect(
      message { _ = try records(.text("label\n1\n" + long + "\n"), DelimitedText.csv) }
        == "log.csv:3: found a line of more than 16 MiB, expected shorter lines; check that this is "
        + "a log and how its lines end")
    let lines = String(repeating: "1,a,x,1\n", count: SourceBlocks.longestRecord / 8)
    let log = LogSource.text("label,u,t,n\n0,\"u,t,1\n" + lines)
    var reader = RowReader([log], schema: Self.schema, labels: .required)
    let block = try reader.next()
    var recorder = RowRecorder()
    let report = try block.map { try recorder.read($0) }
    #expect(report?.rows == 0)
    #expect(
      report?.rejected.map(\.error.description) == [
        "log.csv:2:3: found a quote that is never closed, expected a closing quote; close it, or "
          + "double a quote that belongs to the value"
      ])
    #expect(try reader.next()?.place.line == 3)
  }

  static let grammars: [any RecordGrammar] = [
    DelimitedText.csv, DelimitedText.rawTSV, PairText(), JSONObjects([]),
  ]

  @Test(arguments: grammars)
  func `a cut finds the records that are read`(grammar: any RecordGrammar) throws {
    try checkCut(grammar)
  }

  private func checkCut(_ grammar: some RecordGrammar) throws {
    for seed in 0..<200 as Range<UInt64> {
      var stream = RandomStream(seed: seed)
      let pieces = ["\"", "\n", "\r\n", " ", "\t", ",", "ab", "\"\n", "\"\""]
      let text = (0..<40).map { _ in pieces[stream.below(pieces.count)] }.joined()
      var table = try Table(.text(text), grammar)
      var records = 0
      while true {
        do {
          guard try table.next() else { break }
        } catch {}
        records += 1
      }
      let padded = Array(text.utf8) + [UInt8](repeating: 0x0A, count: 16)
      let cut = padded.withUnsafeBufferPointer {
        RecordCutter(
          $0.baseAddress!, count: text.utf8.count, bounds: grammar.bounds, isLast: true
        ).cut()
      }
      #expect(cut.records == records && cut.end == text.utf8.count)
      #expect(cut.lines == text.utf8.reduce(0) { $0 + ($1 == 0x0A ? 1 : 0) })
    }
  }
}
