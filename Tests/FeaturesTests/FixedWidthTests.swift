import Testing

@testable import Datasets
@testable import Features
@testable import Logs

/// Columns of fixed width: each begins where its name begins in the first line. All that a program must
/// write to read logs of a format of its own.
struct FixedWidth: RecordFormat {
  let name = "fixed-width"
  let endings = ["fwf"]

  func open(_ log: LogHead, _ request: ColumnRequest) throws -> LogParser {
    let header = Array(log.firstLine.utf8)
    let starts = header.indices.filter { header[$0] != 0x20 && ($0 == 0 || header[$0 - 1] == 0x20) }
    let names = starts.map { String(decoding: header[$0...].prefix { $0 != 0x20 }, as: UTF8.self) }
    return LogParser(columns: names, hasHeader: true) { line, append throws(RecordProblem) in
      guard line.count > starts.last ?? 0 else {
        throw RecordProblem(
          found: "\(line.count) characters", expected: "more than \(starts.last ?? 0)",
          remedy: "complete or delete the line")
      }
      for (start, next) in zip(starts, starts.dropFirst() + [line.count]) {
        let cell = line[start..<next]
        let first = cell.firstIndex { $0 != 0x20 } ?? next
        append(first..<(cell.lastIndex { $0 != 0x20 }.map { $0 + 1 } ?? first))
      }
    }
  }
}

@Suite struct FixedWidthTests {
  static let text = """
    click user   price
    1     anna     3.5
    0     ben
    1     anna      12

    0     a b       -1
    """

  init() { LogFormat.register(FixedWidth()) }

  @Test func aProgramBringsAFormat() throws {
    let log = LogSource.text(Self.text, name: "log.fwf")
    let schema = try Schema(
      yaml: """
        format: fixed-width
        label: click
        fields: [{name: user}, {name: price, kind: numeric, encoding: value}]
        """)
    #expect(
      message { _ = try FeatureEncoder.fit(schema, to: [log]) }
        == "log.fwf:3: found 9 characters, expected more than 13; complete or delete the line")
    let rejected = try RejectedRows(RejectionPolicy(.skip))
    let logs = try EncodedLogs([log], schema: schema, rejecting: rejected)
    #expect(rejected.count == 1)
    let rows = logs.rows(.train)
    #expect(rows.labels == [1, 1, 0] && rows.values == [1, 3.5, 1, 12, 1, -1])
    #expect(logs.encoder.fields[0].vocabulary.rank(of: "a b") == 1)
  }

  @Test func itsLogsAreRecognised() throws {
    let log = LogSource.text(Self.text.replacing("ben\n", with: "ben      x\n"), name: "log.fwf.gz")
    let (schema, notes) = try Schema().completed(from: [log])
    #expect(schema.fields.map(\.name) == ["user", "price"] && schema.label == "click")
    #expect(notes.first == "log.fwf.gz: format fixed-width")
    #expect(
      message {
        _ = try RowRecorder.rows(
          of: [log],
          Schema(
            format: LogFormat(rawValue: "fixed-width"), label: "click", fields: [.numeric("price")])
        )
      }
        == "log.fwf.gz:3:16: found \"x\" in column \"price\", expected a number; correct it, or leave it "
        + "empty if it is missing")
  }
}
