import Foundation
import Logs
import Support
import Testing

@testable import RequestLogs

@Suite struct `A log of requests is joined with feedback` {
  private static let hour: Int64 = 3_600_000

  @Test func `by request and row, with what is known of each`() throws {
    let (rows, summary, _) = try joined([
      log([
        scored("r1", time: 1, items: ["a", "b"]), scored("r2", time: 2, places: [4]),
        feedback("r1", row: 1, place: 2, propensity: 0.25, time: 10),
        feedback("r2", false, time: 11),
        scored("r3", time: 12),
      ])
    ])
    #expect(rows.map { $0["click"] as? Int } == [0, 1, 0, 0])
    #expect(rows.map { $0["item"] as? String } == ["a", "b", "a", "a"])
    #expect(rows[0]["user"] as? String == "u \"r1\"\n")
    #expect(rows.map { $0.request("id") as? String } == ["r1", "r1", "r2", "r3"])
    #expect(rows.map { $0.request("row") as? Int } == [0, 1, 0, 0])
    #expect(rows.map { $0.request("place") as? Int } == [nil, 2, 4, nil])
    #expect(rows[1].request("propensity") as? Double == 0.25)
    #expect(rows[1].request("probability") as? Double == 0.125)
    #expect(rows[1].request("time") as? String == "1970-01-01T00:00:00.001Z")
    #expect(rows[1].request("unit") as? String == "u7")
    #expect((summary.requests, summary.joined, summary.rows) == (3, 3, 4))
    #expect((summary.feedback, summary.matched, summary.silentRows) == (2, 2, 2))
    #expect(summary.happened == ["click": 1])
  }

  @Test func `late, doubled and lost feedback is told apart`() throws {
    let (rows, summary, _) = try joined([
      log([
        scored("r1", time: 0), feedback("r1", false, time: 5), feedback("r1", true, time: 6),
        feedback("r1", false, time: 7), scored("r2", time: 0),
        feedback("r2", time: Self.hour + 1), feedback("r3"), scored("r4", items: ["a", "b"]),
        feedback("r4", row: 2), feedback("r4"), feedback("r1", event: "order", time: 8),
      ])
    ])
    // Whatever the order of what is said, a click counts more than none.
    #expect(rows.map { $0["click"] as? Int } == [1, 0, 0, 0])
    #expect((summary.feedback, summary.matched, summary.doubled) == (8, 3, 2))
    #expect((summary.late, summary.unmatched) == (1, 1))
    #expect((summary.noSuchRow, summary.otherEvents) == (2, 1))
  }

  @Test func `a request that is asked again counts once, one after the window anew`() throws {
    let (rows, summary, _) = try joined([
      log([
        scored("r1", time: 0, items: ["old"]), feedback("r1", time: 5),
        scored("r1", time: 10, items: ["new"]),
        scored("r1", time: 2 * Self.hour, items: ["later"]),
        scored("r1", time: 1, arm: .shadow, items: ["shadow"]),
      ])
    ])
    #expect(rows.map { $0["item"] as? String } == ["new", "later"])
    #expect(rows.map { $0["click"] as? Int } == [1, 0])
    #expect((summary.repeated, summary.shadow, summary.joined) == (1, 1, 2))
  }

  @Test func `rows of which nothing was said are left out where that is wished`() throws {
    let lines = log([
      scored("r1", items: ["a", "b", "c"]), feedback("r1", false, row: 0),
      feedback("r1", row: 2, event: "order"), scored("r2"),
    ])
    let (rows, summary, _) = try joined([lines]) {
      $0.leavesOutSilent = true
      $0.events = ["click", "order"]
    }
    #expect(rows.map { $0["item"] as? String } == ["a", "c"])
    #expect(rows.map { $0["click"] as? Int } == [0, 0])
    #expect(rows.map { $0["order"] as? Int } == [0, 1])
    #expect(summary.silentRows == 2)
  }

  @Test func `in parts of time that have each row once`() throws {
    let lines = log(
      (0..<100).flatMap { number -> [LogLine] in
        let time = Int64(number) * Self.hour / 10
        return [
          scored("r\(number)", time: time),
          feedback("r\(number)", number % 3 == 0, time: time + 90),
        ]
      })
    let whole = try joined([lines]) { $0.until = nil }
    let end = 99 * Self.hour / 10 + 90
    #expect(whole.summary.until == LogTime.text(end - Self.hour))
    #expect(whole.summary.open == 10)
    let middle = 5 * Self.hour
    let first = try joined([lines]) { $0.until = middle }
    let second = try joined([lines]) { ($0.from, $0.until) = (middle, nil) }
    #expect(first.text + second.text == whole.text)
    #expect(second.summary.before == 50)
  }

  @Test func `torn ends are passed over, damage elsewhere is told`() throws {
    let first = log([scored("r1"), scored("r2")])
    let second = log([feedback("r1"), scored("r3")])
    let (rows, summary, _) = try joined([first.dropLast(9) + [], second])
    #expect(rows.map { $0.request("id") as? String } == ["r1", "r3"])
    #expect((summary.torn, summary.matched) == (1, 1))
    var damaged = first
    damaged[3] = UInt8(ascii: "x")
    for (bytes, words) in [
      (damaged, "log 0:1:"), (Array("{\"type\":\"scored\"}\n".utf8), "no \"id\""),
      (Array("[]\n".utf8), "an object"), ([], "no request"),
      (Array("{\"type\":\"x\",\"id\":\"\",\"time\":\"\"}\n".utf8), "scored or feedback"),
    ] {
      let error = #expect(throws: UserError.self) { _ = try joined([bytes]) }
      #expect("\(error!)".contains(words), "\(error!)")
    }
  }

  @Test func `an input must not be called as a column of the join`() throws {
    let error = #expect(throws: UserError.self) {
      _ = try joined([log([scored("r1")])]) { $0.events = ["item"] }
    }
    #expect("\(error!)".contains("inputs with other names"))
  }

  @Test func `with little memory in the same bytes`() throws {
    var lines: [LogLine] = []
    var state: UInt64 = 7
    func random(_ bound: UInt64) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1
      return Int((state >> 33) % bound)
    }
    for number in 0..<4000 {
      lines.append(scored("r\(random(3500))", time: Int64(number), items: ["a", "b"]))
      lines.append(
        feedback(
          "r\(random(4000))", random(2) == 0, row: random(3), time: Int64(number + random(99))))
    }
    let files = [log(Array(lines[..<3000])), log(Array(lines[3000...]))]
    let whole = try joined(files)
    let spilled = try joined(files) { $0.memory = 1 }
    #expect(whole.text == spilled.text)
    #expect(whole.summary == spilled.summary)
    // Beside a join by hand.
    #expect(whole.summary.joined + whole.summary.repeated == 4000)
    var clicks: Set<String> = []
    var last: [String: Int64] = [:]
    var order = lines.enumerated().map { ($1.at, $0, $1) }
    order.sort { ($0.0, $0.1) < ($1.0, $1.1) }
    for (_, _, line) in order {
      if case .scored(let request) = line { last[request.id] = request.time }
    }
    for (_, _, line) in order {
      guard case .feedback(let feedback, let time) = line, feedback.outcome,
        lines.contains(where: { $0.isRequest(feedback.id, until: time + IDRecord.skew) }),
        feedback.row! < 2
      else { continue }
      clicks.insert("\(feedback.id)/\(feedback.row!)")
    }
    let found = whole.rows.filter { $0["click"] as? Int == 1 }
      .map { "\($0.request("id") as! String)/\($0.request("row") as! Int)" }
    #expect(Set(found) == clicks && found.count == clicks.count)
  }
}

extension LogLine {
  fileprivate var at: Int64 {
    switch self {
    case .scored(let request): request.time
    case .feedback(_, let time): time
    }
  }

  fileprivate func isRequest(_ id: String, until time: Int64) -> Bool {
    if case .scored(let request) = self { request.id == id && request.time <= time } else { false }
  }
}
