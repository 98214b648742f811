import Foundation
import Logs
import Random
import Support
import Testing

@testable import ABTesting

/// A log of made-up users, each with a rate of its own.
struct MadeUpLog {
  var users = 2000
  var lift = 0.0
  var seed: UInt64 = 1
  /// The same users do otherwise by another number.
  var visit: UInt64 = 0
  var days = 5
  /// The share of users in arm B.
  var share = 0.5

  func text(header: Bool = true) -> String {
    var lines = header ? ["user,arm,day,country,click,order,spend"] : []
    for user in 0..<users {
      var stream = RandomStream(seed: seed, purpose: UInt64(user))
      let arm = stream.uniform() < share ? "B" : "A"
      let rate = 0.02 + 0.28 * stream.uniform() * stream.uniform()
      let country = ["de", "fr", "pt"][Int(stream.uniform() * 3)]
      stream = RandomStream(seed: seed &+ 1000 &* visit, purpose: UInt64(user) + 1 << 40)
      for _ in 0..<1 + Int(stream.uniform() * 12) {
        let click = stream.uniform() < rate * (arm == "B" ? 1 + lift : 1)
        let order = click && stream.uniform() < 0.2
        let day = 1 + Int(stream.uniform() * Double(days))
        let spend = order ? (stream.uniform() * 1e4).rounded() / 100 : 0
        lines.append(
          "u\(user),\(arm),2026-03-0\(day),\(country),\(click ? 1 : 0),\(order ? 1 : 0),\(spend)")
      }
    }
    if header {
      // As a log is: users come and go.
      var order = RandomStream(seed: seed, purpose: "order")
      lines[1...].shuffle(using: &order)
    }
    return lines.joined(separator: "\n") + "\n"
  }

  var source: LogSource { .text(text()) }
}

private let definition = """
  unit: user
  arm: arm
  arms: {A: 1, B: 1}
  time: day
  metrics:
    ctr: {ratio: click}
    cvr: {ratio: order, per: click}
    revenue: {mean: spend, winsorize: 0.99}
    buyers: {proportion: order}
  segments: [country]
  """

private func test(_ more: String = "") throws -> ABTest {
  try ABTest(yaml: definition + "\n" + more, name: "test.yaml")
}

private func analyze(
  _ test: ABTest, _ sources: [LogSource], before: [LogSource] = [], memory: Int = 64 << 20,
  threads: Int = 1, repetitions: Int = 0
) throws -> ABAnalysis {
  var options = ABAnalysis.Options()
  (options.memory, options.threads, options.repetitions) = (memory, threads, repetitions)
  return try ABAnalysis(
    test, of: sources, before: before, options: options, rejecting: RejectedRows(.stop))
}

@Suite struct AnalysisTests {
  @Test func `sums by unit are those of a plain table`() throws {
    let text = MadeUpLog(users: 300).text()
    let analysis = try analyze(test(), [.text(text)])
    var units: [String: (arm: String, clicks: Double, rows: Double)] = [:]
    for line in text.split(separator: "\n").dropFirst() {
      let cells = line.split(separator: ",").map(String.init)
      units[cells[0], default: (cells[1], 0, 0)].clicks += Double(cells[4])!
      units[cells[0]]!.rows += 1
    }
    #expect(analysis.units == 300 && analysis.rows == text.split(separator: "\n").count - 1)
    for (index, arm) in ["A", "B"].enumerated() {
      let own = units.values.filter { $0.arm == arm }
      let expected = try #require(ArmStatistic(ratio: moments(own.map { ($0.clicks, $0.rows) })))
      let found = try #require(analysis.metrics[0].arms[index])
      #expect(found.units == own.count)
      #expect(abs(found.value - expected.value) < 1e-15)
      #expect(abs(found.variance / expected.variance - 1) < 1e-12)
    }
    #expect(analysis.metrics[0].comparisons[0].days.count == 5)
    #expect(analysis.metrics[0].comparisons[0].segments.map(\.value) == ["de", "fr", "pt"])
  }

  @Test func `neither threads nor the bound of memory change a result`() throws {
    let text = MadeUpLog(users: 3000).text()
    let before = LogSource.text(MadeUpLog(users: 3000, seed: 7).text())
    let logs = text.count > 1 << 20 ? [LogSource.text(text)] : [LogSource.text(text), .text(text)]
    let expected = try JSONText.results(analyze(test(), logs, before: [before]))
    for threads in [1, 3] {
      let few = try JSONText.results(
        analyze(test(), logs, before: [before], memory: 1 << 16, threads: threads))
      // Spending has cents, whose sums may be rounded otherwise where a unit's rows are apart on disk.
      #expect(rounded(few) == rounded(expected))
      let same = try JSONText.results(analyze(test(), logs, before: [before], threads: threads))
      #expect(same == expected)
    }
  }

  /// A JSON text whose numbers have ten digits.
  private func rounded(_ text: String) -> String {
    text.replacing(#/-?\d+\.\d+(e-?\d+)?/#) { String(format: "%.10g", Double($0.output.0)!) }
  }

  @Test func `a table that spills has the records of one that does not`() throws {
    var stream = RandomStream(seed: 3)
    let (small, large) = (
      UnitTable(measures: 2, memoryLimit: 0, spillingTo: TemporaryFolder.path),
      UnitTable(measures: 2, memoryLimit: 16 << 20, spillingTo: TemporaryFolder.path)
    )
    let record = UnitRecord(base: .allocate(byteCount: small.stride, alignment: 16))
    defer { record.base.deallocate() }
    for _ in 0..<40_000 {
      let unit = UInt64(stream.nextWord() % 5000) &* 0x9E37_79B9_7F4A_7C15
      record.set(unit, .day(Int(stream.nextWord() % 3)), UnitArm(rawValue: UInt16(unit >> 63)))
      record.sums[0] = 1
      record.sums[1] = Double(stream.nextWord() % 7)
      try small.add(record.base, count: 1)
      try large.add(record.base, count: 1)
    }
    #expect(small.file.size > 0 && large.file.size == 0)
    func all(_ table: UnitTable) throws -> [[Double]] {
      var all: [[Double]] = []
      try table.forEachRecord {
        all.append([
          Double($0.unit), Double($0.slice.rawValue), Double($0.arm.rawValue), $0.sums[0],
          $0.sums[1],
        ])
      }
      return all
    }
    let (few, many) = try (all(small), all(large))
    #expect(few == many && few.count > 13_000)
    #expect(few.reduce(0) { $0 + $1[3] } == 40_000)
    #expect(try all(small) == few)
  }

  @Test func `a lift is found, and its interval holds it`() throws {
    let analysis = try analyze(test(), [MadeUpLog(users: 8000, lift: 0.3).source])
    let comparison = analysis.metrics[0].comparisons[0]
    let lift = try #require(comparison.contrast?.lift)
    #expect(lift.lower < 0.3 && 0.3 < lift.upper && comparison.verdict == .better)
    #expect(try #require(comparison.designEffect) > 1.05)
    #expect(analysis.ratio.p > 0.001)
  }

  @Test func `a broken split gets no green light, however large the difference`() throws {
    let analysis = try analyze(test(), [MadeUpLog(users: 6000, lift: 0.6, share: 0.42).source])
    #expect(analysis.ratio.isAlarming && analysis.isBroken)
    for metric in analysis.metrics {
      #expect(metric.comparisons.allSatisfy { $0.verdict == .broken })
    }
    let markdown = analysis.report(of: "log.csv").markdown
    #expect(!markdown.contains("is better") && markdown.contains("Nothing may be said"))
  }

  @Test func `units in several arms are counted and left out, and many of them break the test`()
    throws
  {
    let log = LogSource.text(
      "user,arm,day,country,click,order,spend\n"
        + (0..<100).map { "u\($0),\($0 % 2 == 0 ? "A" : "B"),2026-03-01,de,1,0,0\n" }.joined()
        + "u4,B,2026-03-02,de,1,0,0\nu6,B,2026-03-01,de,1,0,0\n")
    let analysis = try analyze(test(), [log])
    #expect(analysis.mixed == 2 && analysis.units == 98 && analysis.isBroken)
  }

  @Test func `fewer units than planned are an early look, unless sequences decide`() throws {
    let log = MadeUpLog(users: 6000, lift: 0.5).source
    let once = try analyze(test("planned: 20000"), [log])
    #expect(once.metrics[0].comparisons[0].verdict == .early)
    let daily = try analyze(test("planned: 20000\nlooks: daily"), [log])
    #expect(daily.metrics[0].comparisons[0].verdict == .better)
    let sequence = try #require(daily.metrics[0].comparisons[0].sequence)
    let contrast = try #require(daily.metrics[0].comparisons[0].contrast)
    #expect(sequence.difference.lower < contrast.difference.lower)
    #expect(sequence.p >= contrast.p)
  }

  @Test func `an interval within what matters is no difference, one beyond it is unclear`() throws {
    let log = MadeUpLog(users: 6000).source
    let wide = try analyze(test("effect: 0.5\ncorrection: none"), [log])
    #expect(wide.metrics[0].comparisons[0].verdict == .same)
    let narrow = try analyze(test("effect: 0.001\ncorrection: none"), [log])
    #expect(narrow.metrics[0].comparisons[0].verdict == .unclear)
  }

  @Test func `what units were before makes intervals shorter and moves the estimate to the truth`()
    throws
  {
    // The same users as before: the rate is theirs.
    let analysis = try analyze(
      test(), [MadeUpLog(users: 3000, seed: 5).source],
      before: [MadeUpLog(users: 3000, seed: 5, visit: 1).source])
    let comparison = analysis.metrics[0].comparisons[0]
    let (adjusted, plain) = (
      try #require(comparison.contrast), try #require(comparison.unadjusted)
    )
    #expect(adjusted.difference.error < plain.difference.error)
    #expect(analysis.known == 3000)
    #expect(try #require(analysis.metrics[0].covariate).varianceRatio < 1)
  }

  @Test func `sums are cut at the quantile of all units`() throws {
    let rows = (1...200).map { "u\($0),\($0 % 2 == 0 ? "A" : "B"),2026-03-01,de,0,0,\($0)\n" }
    let log = LogSource.text("user,arm,day,country,click,order,spend\n" + rows.joined())
    let analysis = try analyze(test(), [log])
    #expect(analysis.metrics[2].cap == 198)
    let even = (1...100).map { min(Double(2 * $0), 198) }
    #expect(analysis.metrics[2].arms[0]?.value == even.reduce(0, +) / 100)
  }

  /// What a test that forgets whose rows they are makes of users of habit.
  @Test func `by rows there are too many alarms where nothing is to be found`() throws {
    let rows = (0..<4000).map { row in
      let user = row / 10
      return "u\(user),\(user % 2 == 0 ? "A" : "B"),2026-03-01,de,\(user % 7 < 2 ? 1 : 0),0,0\n"
    }
    let log = LogSource.text("user,arm,day,country,click,order,spend\n" + rows.joined())
    let check = try #require(try analyze(test(), [log], repetitions: 400).aa)
    #expect(check.metrics[0].units.isSound)
    #expect(try #require(check.metrics[0].rows).count > 5 * check.expected.upperBound)
  }

  @Test func `alarms where nothing is to be found are those of sums that are cut, too`() throws {
    func check(largest: Int) throws -> AACheck {
      let rows = (1...200).map { unit in
        "u\(unit),\(unit % 2 == 0 ? "A" : "B"),2026-03-01,de,0,0,\(unit == 200 ? largest : unit)\n"
      }
      let log = LogSource.text("user,arm,day,country,click,order,spend\n" + rows.joined())
      return try #require(try analyze(test(), [log], repetitions: 200).aa)
    }
    let (far, near) = (try check(largest: 1_000_000), try check(largest: 198))
    #expect(far.metrics[2].units.uniform == near.metrics[2].units.uniform)
  }

  @Test func `alarms where nothing is to be found are as many as there may be`() throws {
    let analysis = try analyze(test(), [MadeUpLog(users: 1500).source], repetitions: 400)
    let check = try #require(analysis.aa)
    #expect(check.metrics.allSatisfy { $0.units.isSound })
    #expect(check.metrics.allSatisfy { $0.sequence?.isSound == true })
    #expect(check.metrics[0].units.uniform! > 0.001)
    #expect(check.metrics[0].peeking!.count > check.expected.upperBound)
  }
}

@Suite struct BadInputTests {
  private func message(_ body: () throws -> Void) -> String {
    do {
      try body()
      return "no error"
    } catch { return "\(error)" }
  }

  @Test func `a definition says what is wrong with it and where`() {
    func error(_ yaml: String) -> String { message { _ = try ABTest(yaml: yaml, name: "t.yaml") } }
    #expect(error("arm: a\nmetric:\n  x: {ratio: y}").hasPrefix("t.yaml:2:1: found unknown key"))
    #expect(error("arm: a").contains("no key \"metrics\""))
    #expect(
      error("arm: a\nmetrics:\n  x: {per: y}").contains("t.yaml:3:6: found 0 kinds of metric"))
    #expect(
      error("arm: a\nmetrics:\n  x: {mean: y, per: z}").contains("t.yaml:3:21: found per in a mean")
    )
    #expect(error("arm: a\nmetrics:\n  x: {ratio: y}\nalpha: 5").contains("t.yaml:4:8"))
    #expect(
      error("arm: a\nmetrics:\n  x: {ratio: y}\nlooks: weekly").contains("one of once, daily"))
    #expect(
      error("arm: a\nmetrics:\n  x: {ratio: y}\narms: {A: 1, B: 1}\ncontrol: C")
        .contains("one of the arms A, B"))
    #expect(error("").contains("an empty file"))
  }

  @Test func `a row that is not as it should be ends the analysis with its place`() throws {
    let header = "user,arm,day,country,click,order,spend\nu1,A,2026-03-01,de,1,0,0\n"
    func error(_ row: String) -> String {
      message { _ = try analyze(test(), [.text(header + row + "\nu2,B,2026-03-01,de,1,0,0\n")]) }
    }
    #expect(
      error("u2,B,2026-03-01,de,x,0,0").hasPrefix("log.csv:3:20: found \"x\" in column \"click\""))
    #expect(error("u2,C,2026-03-01,de,1,0,0").contains("one of the arms A, B"))
    #expect(error(",B,2026-03-01,de,1,0,0").contains("expected a unit"))
    #expect(error("u2,B,2026-03-01,de,1,0").contains("log.csv:3"))
    let rows = (1...200).map { "u\($0),\($0 % 2 == 0 ? "A" : "B"),2026-03-01,de,1,0,0\n" }
    let late = LogSource.text(header + rows.joined() + "u2,A,yesterday,de,1,0,0\n")
    #expect(
      message { _ = try analyze(test(), [late]) }
        .hasPrefix("log.csv:203:6: found \"yesterday\" in column \"day\", expected a time as iso"))
    let rejected = try RejectedRows(RejectionPolicy(.skip))
    let log = LogSource.text(header + "u2,B,2026-03-01,de,x,0,0\nu3,B,2026-03-01,de,1,0,0\n")
    let analysis = try ABAnalysis(test(), of: [log], rejecting: rejected)
    #expect(analysis.rows == 2 && rejected.count == 1)
  }

  @Test func `a log without arms or columns says so`() throws {
    let one = "user,arm,day,country,click,order,spend\nu1,A,2026-03-01,de,1,0,0\n"
    var open = try test()
    open.arms = []
    #expect(message { _ = try analyze(open, [.text(one)]) }.contains("one arm, \"A\""))
    #expect(
      message { _ = try analyze(open, [.text("user,arm\nu,A\n")]) }.contains("did you mean")
        || message { _ = try analyze(open, [.text("user,arm\nu,A\n")]) }.contains("a column"))
  }
}
