import Examples
import Foundation
import Testing

@testable import Datasets
@testable import Features
@testable import Logs

@Suite struct SplitInSchemaTests {
  private func split(_ yaml: String) throws -> DataSplit? {
    try Schema(yaml: "time: at\ngroup: user\nsplit: \(yaml)\n").split
  }

  @Test func `a split is written as its flags are`() throws {
    #expect(try split("label") == DataSplit(.label, sizes: DataSplit.usualSizes))
    #expect(
      try split("{rule: random, sizes: [0.7, 20%, 0.1], seed: 3}")
        == DataSplit(.random, sizes: [.share(0.7), .share(0.2), .share(0.1)], seed: 3))
    #expect(
      try split("{rule: label, sizes: \"rest, 100, 50\"}")
        == DataSplit(.label, sizes: [.rest, .count(100), .count(50)]))
    #expect(
      try split("{rule: group, sizes: [0.9, 0.1]}")
        == DataSplit(.group, sizes: [.share(0.9), .share(0.1)]))
    #expect(
      try split("{rule: time, train_until: 2014-10-29, valid_until: 1414627200}")
        == DataSplit(trainUntil: 1_414_540_800, validUntil: 1_414_627_200))
    #expect(
      try split("{rule: time, train_until: 20141029}") == DataSplit(trainUntil: 1_414_540_800))
  }

  @Test(arguments: [
    "{rule: random, sizes: [0.5, 0.25, 0.25], seed: 9}", "{rule: label, sizes: [rest, 10, 10]}",
    "{rule: time, train_until: 2014-10-29T06:00:00Z, test_until: 2014-10-31}",
  ])
  func `what is written is read back`(yaml: String) throws {
    let schema = try Schema(yaml: "time: at\nsplit: \(yaml)\n")
    #expect(try Schema(yaml: schema.yaml()) == schema)
    let split = try #require(schema.split)
    let json = try JSONEncoder().encode(split)
    #expect(try JSONDecoder().decode(DataSplit.self, from: json) == split)
  }

  @Test(arguments: [
    ("randon", "found split \"randon\", expected one of random, label, group, time; did you mean"),
    ("{rule: lable}", "found rule \"lable\", expected one of random, label, group, time; did you"),
    ("{rule: random, size: [1]}", "3:23: found unknown key \"size\""),
    ("{rule: random, sizes: [0.9, x]}", "found size \"x\", expected a share, a number of rows"),
    ("{rule: random, sizes: [0.9, 0.3]}", "3:8: found sizes 0.9,0.3,0.0, expected shares that add"),
    ("{rule: group, sizes: [rest, 10]}", "for groups, expected shares"),
    ("{sizes: [0.9, 0.1]}", "3:8: found a split without rule"),
    ("time", "3:8: found rule time without train_until"),
    ("{rule: time, sizes: [0.9, 0.1]}", "found sizes, expected no such key for rule time"),
    ("{rule: label, train_until: 2014-10-29}", "found train_until, expected no such key for rule"),
    ("{rule: time, train_until: tomorrow}", "found \"tomorrow\", expected a moment"),
    (
      "{rule: time, train_until: 2014-10-29, valid_until: 2014-10-28}",
      "found moments that do not rise"
    ),
  ])
  func `a wrong split is refused at its place`(yaml: String, expected: String) {
    let found = message { _ = try split(yaml) }
    #expect(found?.hasPrefix("schema:3:") == true, "\(found ?? "")")
    #expect(found?.contains(expected) == true, "\(found ?? "")")
  }

  @Test func `a split needs its column`() {
    #expect(
      message { _ = try Schema(yaml: "label: y\nsplit: group\n") }
        == "schema:2:8: found a split by group without group:, expected the column to split by; add "
        + "group: and a column's name")
    #expect(
      message { _ = try Schema(yaml: "split: {rule: time, train_until: 5}\n") }?
        .hasPrefix("schema:1:8: found a split by time without time:") == true)
  }

  /// Training divides a log in memory as encode does on disk.
  @Test(arguments: [
    "random", "{rule: random, sizes: [rest, 30, 20], seed: 4}",
    "{rule: label, sizes: [0.7, 0.2, 0.1]}", "group",
    "{rule: time, train_until: 1400000200, valid_until: 1400000250, test_until: 1400000290}",
  ])
  func `memory and disk have the same parts`(yaml: String) throws {
    try withTemporaryFolder { folder in
      var schema = Schema(
        format: .csv, label: "label", fields: [.categorical("user"), .numeric("n")])
      schema.time = Schema.Time(column: "at", format: .unix)
      schema.group = "user"
      schema.split = try split(yaml)
      let log = LogSource.rows(
        columns: ["label", "user", "n", "at"],
        (0..<300).map { row in
          [
            row == 7 ? "bad" : row % 3 == 0 ? "1" : "0", "u\(row * row % 41)", "\(row % 13)",
            "\(1_400_000_000 + row)",
          ]
        })
      var job = EncodingJob(training: [log], schema: schema, folder: folder + "/data")
      job.blockSize = 500
      job.rejection = RejectionPolicy(.skip)
      _ = try job.run()
      let disk = try DatasetFolder(job.folder)
      let rejected = try RejectedRows(RejectionPolicy(.skip))
      let memory = try EncodedLogs(
        [log], schema: schema, split: schema.split, rejecting: rejected)
      try rejected.finish()
      #expect(memory.encoder == disk.encoder && rejected.count == 1)
      #expect(memory.leftOut == disk.manifest.leftOut)
      for part in DataSplit.Part.allCases {
        let (found, expected) = (memory.rows(part), disk.rows(part))
        #expect(found.rows == expected?.rows ?? 0)
        guard let expected else { continue }
        #expect(found.ids == expected.ids && found.labels == expected.labels)
        #expect(found.values == expected.values && found.times == expected.times)
        #expect(found.statistics == expected.statistics)
      }
      #expect(memory.rows(.valid).rows > 0 && memory.rows(.test).rows > 0)
    }
  }

  @Test func `the split is no part of what values mean`() throws {
    let log = LogSource.text("label,u\n1,a\n0,b\n")
    let schema = try Schema(yaml: "split: label\n")
    #expect(try FeatureEncoder.fit(schema, to: [log]) == FeatureEncoder.fit(to: [log]))
  }

  /// A ready schema divides nothing unless asked: its split stands in a comment.
  @Test(arguments: ReadySchema.allCases)
  func `ready schemas have their split in a comment`(ready: ReadySchema) throws {
    #expect(try Schema(yaml: ready.yaml).split == nil)
    let asked = ready.yaml.split(separator: "\n").map { line in
      line.hasPrefix("# split:") ? line.dropFirst(2) : line
    }
    if ready != .frappe {
      #expect(try Schema(yaml: asked.joined(separator: "\n")).split != nil)
    }
  }
}
