import Data
import Foundation
import Random
import Testing

@testable import Datasets
@testable import Features
@testable import Logs

/// Histories that are made of a log, and what cannot be in them.
@Suite struct HistoryTests {
  static func schema(
    cap: Int? = nil, clicks: Bool? = nil, time: Bool = true, separator: String? = nil
  ) -> Schema {
    var seen = Schema.Field.multivalued(
      "seen", separator: separator, maxValues: cap, vocabulary: "item")
    seen.history = Schema.History(of: "item", by: "user", clicks: clicks)
    return Schema(
      time: time ? Schema.Time(column: "at", format: .unix) : nil,
      fields: [.categorical("user"), .categorical("item", vocabulary: "item"), seen])
  }

  static func written(
    _ logs: [LogSource], before: [LogSource] = [], _ schema: Schema
  ) throws -> String {
    var bytes: [UInt8] = []
    _ = try HistoryLog(logs, before: before, schema: schema).write { bytes += $0 }
    return String(decoding: bytes, as: UTF8.self)
  }

  static let log = """
    label,user,item,at
    1,u,a,10
    0,u,b,10
    1,v,c,11
    0,u,d,11
    1,,e,12
    1,u,,12
    1,u,a,13

    """

  @Test func `a history has the values of earlier times, the newest first`() throws {
    let expected = """
      label,user,item,at,seen
      1,u,a,10,
      0,u,b,10,
      1,v,c,11,
      0,u,d,11,b|a
      1,,e,12,
      1,u,,12,d|b|a
      1,u,a,13,d|b|a

      """
    #expect(try Self.written([.text(Self.log)], Self.schema()) == expected)
    let capped = expected.replacing("d|b|a", with: "d|b")
    #expect(try Self.written([.text(Self.log)], Self.schema(cap: 2)) == capped)
  }

  @Test func `of clicks alone, and line by line without a time`() throws {
    let clicks = try Self.written([.text(Self.log)], Self.schema(clicks: true))
    #expect(
      clicks.split(separator: "\n").map {
        $0.split(separator: ",", omittingEmptySubsequences: false).last!
      }
        == ["seen", "", "", "", "a", "", "a", "a"])
    let lines = try Self.written([.text(Self.log)], Self.schema(time: false))
    #expect(lines.hasSuffix("0,u,d,11,b|a\n1,,e,12,\n1,u,,12,d|b|a\n1,u,a,13,d|b|a\n"))
    #expect(lines.contains("0,u,b,10,a\n"))
  }

  /// Rows of some users in order of time, many at the same one.
  static func rows(_ count: Int, seed: UInt64) -> [(user: Int, item: Int, at: Int, label: Int)] {
    var random = RandomStream(seed: seed, purpose: "histories")
    var time = 100
    return (0..<count).map { _ in
      time += Int(random.nextWord() % 2)
      return (
        Int(random.nextWord() % 5), Int(random.nextWord() % 9), time, Int(random.nextWord() & 1)
      )
    }
  }

  static func csv(_ rows: [(user: Int, item: Int, at: Int, label: Int)]) -> String {
    "label,user,item,at\n"
      + rows.map { "\($0.label),u\($0.user),i\($0.item),\($0.at)\n" }.joined()
  }

  @Test(arguments: [1, 3, 50], [false, true])
  func `histories are those that the definition gives`(cap: Int, clicks: Bool) throws {
    let rows = Self.rows(300, seed: 4)
    let text = try Self.written([.text(Self.csv(rows))], Self.schema(cap: cap, clicks: clicks))
    let lines = text.split(separator: "\n").dropFirst()
    for (row, line) in zip(rows, lines) {
      let earlier = rows.filter {
        $0.user == row.user && $0.at < row.at && (!clicks || $0.label == 1)
      }
      let expected = earlier.suffix(cap).reversed().map { "i\($0.item)" }.joined(separator: "|")
      let found = line.split(separator: ",", omittingEmptySubsequences: false).last!
      #expect(String(found) == expected)
    }
    #expect(lines.count == rows.count)
  }

  @Test(arguments: [1, 57, 150, 299])
  func `whatever comes later changes no byte of a history`(cut: Int) throws {
    let rows = Self.rows(300, seed: 5)
    // The rows at the time of the cut belong to the future of one another.
    let first = rows.firstIndex { $0.at >= rows[cut].at }!
    var future = Array(rows[first...])
    var random = RandomStream(seed: 6, purpose: "future")
    for place in future.indices {
      let other = Int(random.nextWord() % UInt32(future.count))
      (future[place].user, future[other].user) = (future[other].user, future[place].user)
      (future[place].item, future[place].label) = (99 - future[place].item, 1 - future[place].label)
    }
    for clicks in [false, true] {
      let schema = Self.schema(cap: 4, clicks: clicks)
      let known = try Self.written([.text(Self.csv(rows))], schema).split(separator: "\n")
      let changed = try Self.written([.text(Self.csv(rows[..<first] + future))], schema)
        .split(separator: "\n")
      #expect(known[...first] == changed[...first])
      #expect(known != changed)
      // Nor does a row's own label or item change what it is shown.
      for row in first..<rows.count where rows[row].at == rows[first].at {
        var same = rows
        (same[row].item, same[row].label) = (77, 1 - same[row].label)
        let one = try Self.written([.text(Self.csv(same))], schema).split(separator: "\n")
        let place = row + 1
        #expect(
          one[place].split(separator: ",", maxSplits: 3).last
            == known[place].split(separator: ",", maxSplits: 3).last)
      }
    }
  }

  @Test func `logs before and blocks of any size make no difference`() throws {
    let rows = Self.rows(200, seed: 7)
    let whole = try Self.written([.text(Self.csv(rows))], Self.schema())
    let (past, later) = (
      LogSource.text(Self.csv(Array(rows[..<120]))), LogSource.text(Self.csv(Array(rows[120...])))
    )
    #expect(try Self.written([past, later], Self.schema()) == whole)
    let rest = try Self.written([later], before: [past], Self.schema())
    #expect(whole.hasSuffix(rest.split(separator: "\n", maxSplits: 1)[1]))
    // What is to be predicted has no label.
    let bare = Self.csv(Array(rows[120...])).split(separator: "\n")
      .map { $0.split(separator: ",").dropFirst().joined(separator: ",") }.joined(separator: "\n")
    let predicted = try Self.written(
      [.text(bare + "\n")], before: [past], Self.schema(clicks: true))
    let clicked = rows[..<120].filter {
      $0.label == 1 && $0.user == rows[120].user && $0.at < rows[120].at
    }
    let first = predicted.split(separator: "\n")[1].split(
      separator: ",", omittingEmptySubsequences: false
    ).last!
    #expect(first == clicked.reversed().map { "i\($0.item)" }.joined(separator: "|")[...])
  }

  @Test func `other formats keep theirs`() throws {
    let json = """
      {"user": "u", "item": "a\\"b", "at": 1, "label": 1}
      {"user": "u", "item": 7, "at": 2, "label": 0} \n{"user": "u", "at": 3}

      """
    #expect(
      try Self.written([.text(json, name: "log.jsonl")], Self.schema(clicks: true)) == """
        {"user": "u", "item": "a\\"b", "at": 1, "label": 1,"seen":[]}
        {"user": "u", "item": 7, "at": 2, "label": 0,"seen":["a\\"b"]}
        {"user": "u", "at": 3,"seen":["a\\"b"]}

        """)
    var schema = Self.schema(separator: ";")
    (schema.delimiter, schema.header) = (";", false)
    schema.columns = ["label", "user", "item", "at", "seen"]
    schema.fields[2].separator = " "
    #expect(
      try Self.written([.text("1;u;\"a;\";1\r\n0;u;b;2\r\n1;u;c;3")], schema)
        == "1;u;\"a;\";1;\n0;u;b;2;\"a;\"\n1;u;c;3;\"b a;\"\n")
  }

  static let refused: [(Schema, String, String)] = [
    (
      schema(), "label,user,item,at\n1,u,a,5\n1,v,a,3\n0,u,b,4\n",
      "log.csv:4:7: found time \"4\" of user \"u\", expected none before that of the row above of the same user; "
        + "sort the log by \"at\""
    ),
    (
      schema(), "label,user,item,at\n1,u,a|b,5\n1,u,c,6\n",
      "log.csv:3:5: found in the history of this row \"a|b\", which holds the list's separator \"|\", expected values "
        + "that a list can hold; set another separator: for the field, or write the log as JSON lines"
    ),
    (
      schema(), "label,user,item,at,seen\n1,u,a,5,\n",
      "log.csv: found a column \"seen\", expected a log that does not have it yet; train with the log as it is, or "
        + "name another column for the history"
    ),
    (
      schema(), "label,user,item,at\n1,u,a,soon\n",
      "log.csv:2:7: found \"soon\" in column \"at\", expected a time as unix; correct or delete the row"
    ),
    (
      schema(clicks: true), "label,user,item,at\n2,u,a,5\n",
      "log.csv:2:1: found label \"2\", expected 0 or 1; correct or delete the row, or say in a schema what a click is, "
        + "label: {column: \"label\", above: …} or {…, equals: …}"
    ),
    (
      schema(), "label,user,at\n1,u,5\n",
      "log.csv:1: found columns label, user, at, expected a column \"item\"; add it, or name another one"
    ),
    (
      Schema(fields: [.categorical("user")]), "label,user\n1,u\n",
      "schema: found no field with history:, expected at least one; add one, for instance {name: seen, kind: "
        + "multivalued, vocabulary: item, history: {of: item, by: user}}"
    ),
  ]

  @Test(arguments: refused)
  func `what has no history is refused`(schema: Schema, log: String, expected: String) {
    #expect(message { _ = try Self.written([.text(log)], schema) } == expected)
  }

  static let wrong: [(String, String)] = [
    ("history: {of: item, by: user}", "history"), ("kind: multivalued, history: {of: item}", "by"),
    ("kind: multivalued, history: {of: seen, by: user}", "own column"),
    ("kind: multivalued, history: {of: label, by: user}", "label's column"),
    ("kind: multivalued, history: {of: tags, by: user}", "lists in"),
    ("kind: multivalued, brackets: true, history: {of: item, by: user}", "brackets"),
    ("kind: multivalued, history: {of: item, by: user, click: true}", "click"),
  ]

  @Test(arguments: wrong)
  func `a rule that makes no sense is refused with its place`(rule: String, part: String) {
    let text = """
      label: label
      fields:
        - {name: tags, kind: multivalued}
        - {name: seen, \(rule)}

      """
    let error = message { _ = try Schema(yaml: text, name: "s.yaml") }
    #expect(
      error?.hasPrefix("s.yaml:4:") == true && error?.contains(part) == true, "\(error ?? "none")")
  }

  @Test func `a rule is kept, and its list has the item's rows and as many slots as it can fill`()
    throws
  {
    let schema = Self.schema(clicks: true)
    #expect(try Schema(yaml: schema.yaml()) == schema)
    let log = LogSource.text(try Self.written([.text(Self.log)], Self.schema()))
    var pass = LogEncoding([(log, .train)])
    let encoder = try pass.learn(
      Self.schema().completed(from: [log]), nil, rejecting: RejectedRows(.stop))
    #expect(encoder.fields[2].slots == Schema.History.usualLength)
    #expect(encoder.fields[2].firstID == encoder.fields[1].firstID)
    #expect(encoder.layout.fieldFeatures?[2] == encoder.layout.fieldFeatures?[1])
    let bare = LogSource.text(Self.log)
    var without = LogEncoding([(bare, .train)])
    #expect(
      message {
        _ = try without.learn(
          Self.schema().completed(from: [bare]), nil, rejecting: RejectedRows(.stop))
      }?.hasSuffix("deepfm history makes it: a log with the column, of this log and its schema")
        == true)
  }
}
