import Testing

@testable import Datasets
@testable import Features
@testable import Logs

/// `FixedWidth.swift` is the example of docs/data.md, and all that a program must write to read logs of a format of
/// its own.
@Suite struct FixedWidthTests {
  static let text = """
    click user   price
    1     anna     3.5
    0     ben
    1     anna      12

    0     a b       -1
    """

  init() { LogFormat.register(FixedWidth()) }

  @Test func `a program brings a format`() throws {
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

  @Test func `its logs are recognised`() throws {
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
