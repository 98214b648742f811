import Data
import Foundation
import Support
import Testing

@testable import Datasets
@testable import Features
@testable import Logs

@Suite struct RejectionTests {
  static let schema = Schema(
    format: .csv, label: "label", fields: [.categorical("u"), .numeric("n")])
  static let log = LogSource.text(
    "label,u,n\n1,a,1\n2,b,1\n0,\"c,old\n1,a,x\n0,b,2\n1,\u{e9},3,4\n0,a,", name: "a.csv")

  private func encode(_ policy: RejectionPolicy) throws -> (Dataset, RejectedRows) {
    let encoder = try FeatureEncoder.fit(
      Self.schema, to: [Self.log], rejecting: RejectedRows(RejectionPolicy(.skip)))
    let rejected = try RejectedRows(policy)
    let data = try encoder.encode([Self.log], rejecting: rejected)
    try rejected.finish()
    return (data, rejected)
  }

  @Test func `bad rows are left out and counted`() throws {
    let (data, rejected) = try encode(RejectionPolicy(.skip))
    #expect(data.labels == [1, 0, 0] && data.rows == rejected.delivered)
    let encoder = try FeatureEncoder.fit(Self.schema, to: [.text("label,u,n\n1,a,1\n")])
    let blocks = LogEncoding.stream(
      [Self.log], by: encoder, labels: .required,
      rejecting: try RejectedRows(RejectionPolicy(.skip)))
    #expect(try blocks.next()?.rejected == [1, 2, 3, 5])
    #expect(try blocks.next() == nil)
    #expect(
      rejected.summary == """
        rejected 4 of 7 rows
          a.csv:3:1: found label "2", expected 0 or 1; correct or delete the row, or say in a schema \
        what a click is, label: {column: "label", above: …} or {…, equals: …}
          a.csv:4:3: found a quote that is never closed, expected a closing quote; close it, or \
        double a quote that belongs to the value
          a.csv:5:5: found "x" in column "n", expected a number; correct it, or leave it empty if it \
        is missing
          a.csv:7: found 4 columns, expected 3; quote a value that holds the delimiter
        """)
  }

  @Test func `the first bad row ends it unless told otherwise`() {
    #expect(message { _ = try encode(.stop) }?.hasPrefix("a.csv:3:1: found label") == true)
    #expect(
      message { _ = try encode(RejectionPolicy(.skip, limit: .rows(2))) }
        == "a.csv:5:5: found 3 bad rows of 6, the first a.csv:3:1: found label \"2\", expected 0 or "
        + "1; correct or delete the row, or say in a schema what a click is, label: {column: "
        + "\"label\", above: …} or {…, equals: …}, expected at most 2; correct the log, or allow more with "
        + "--max-errors")
    #expect(message { _ = try encode(RejectionPolicy(.skip, limit: .share(0.57))) } != nil)
    #expect(message { _ = try encode(RejectionPolicy(.skip, limit: .share(0.58))) } == nil)
    #expect(message { _ = try encode(RejectionPolicy(.skip, limit: .rows(4))) } == nil)
  }

  @Test func `a quarantine keeps the bytes`() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/bad.txt"
      _ = try encode(RejectionPolicy(.quarantine(path)))
      #expect(
        try String(contentsOfFile: path, encoding: .utf8)
          == "2,b,1\n0,\"c,old\n1,a,x\n1,\u{e9},3,4\n")
      let reasons = try String(contentsOfFile: path + ".reasons.tsv", encoding: .utf8)
      let places = reasons.split(separator: "\n").map { line in
        line.split(separator: "\t", omittingEmptySubsequences: false).prefix(5)
          .joined(separator: " ")
      }
      #expect(
        places == [
          "file line column offset bytes", "a.csv 3 1 0 6", "a.csv 4 3 6 9", "a.csv 5 5 15 6",
          "a.csv 7  21 9",
        ])
      // Nothing is left of one that is not finished.
      #expect(
        message { _ = try encode(RejectionPolicy(.quarantine(path), limit: .rows(1))) } != nil)
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
          == ["bad.txt", "bad.txt.reasons.tsv"])
    }
  }

  @Test func `a log of bad rows alone is refused`() throws {
    let rejected = try RejectedRows(RejectionPolicy(.skip))
    let encoder = try FeatureEncoder.fit(Self.schema, to: [.text("label,u,n\n1,a,1\n")])
    _ = try encoder.encode([.text("label,u,n\n5,a,1\n7,a,1\n")], rejecting: rejected)
    #expect(
      message { try rejected.finish() }
        == "log.csv: found no row that can be read, of 2, expected a log with rows; first: "
        + "log.csv:2:1: found label \"5\", expected 0 or 1; correct or delete the row, or say in a "
        + "schema what a click is, label: {column: \"label\", above: …} or {…, equals: …}")
  }

  @Test(arguments: [
    ("100", RejectionPolicy.Limit.rows(100)), ("1%", .share(0.01)), ("0.5", .share(0.5)),
    ("0", .rows(0)), ("-1", nil), ("120%", nil), ("some", nil),
  ])
  func `limits are counts or shares`(text: String, limit: RejectionPolicy.Limit?) {
    #expect(RejectionPolicy.Limit(text) == limit)
  }

  @Test func `patterns stand for files in order`() throws {
    try withTemporaryFolder { folder in
      for name in ["b.csv", "a.csv", "c.txt"] { try AtomicFile.write("", to: "\(folder)/\(name)") }
      #expect(
        try LogSource.named(["\(folder)/*.csv", "-"]).map(\.name)
          == ["\(folder)/a.csv", "\(folder)/b.csv", "standard input"])
      #expect(
        message { _ = try LogSource.named(["\(folder)/*.gz"]) }
          == "\(folder)/*.gz: found no file that fits the pattern, expected at least one; check the "
          + "pattern")
    }
  }
}
