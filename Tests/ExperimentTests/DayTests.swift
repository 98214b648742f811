import Data
import DeepFMKit
import Foundation
import Reports
import Support
import Testing

@testable import Experiment
@testable import Features
@testable import Training

/// Training day by day.
@Suite struct DayTests {
  static let dayLength = 86_400

  /// Rows of six days; each day brings users of its own beside those that stay.
  static func rows(of day: Int) -> [[String]] {
    (0..<160).map { row in
      let user = row % 4 == 0 ? 100 + day * 3 + row % 3 : row % 12
      let click = (user * 7 + row % 5) % 3 == 0
      let time = 1_736_121_600 + day * Self.dayLength + row * 500
      return [click ? "1" : "0", "u\(user)", "i\(row % 5)", "\(time)"]
    }
  }

  static let columns = ["click", "user", "item", "time"]
  static let schema = Schema(
    label: "click", time: "time", fields: [.categorical("user"), .categorical("item")])

  static var configuration: TrainingConfiguration {
    var configuration = TrainingConfiguration(model: "fm")
    configuration.sizes.embeddingSize = 4
    (configuration.batchSize, configuration.epochs) = (32, 2)
    configuration.tables = .touched
    return configuration
  }

  /// - Parameters:
  ///   - folder: where progress is kept, and gone on from.
  ///   - most: how many judged rows end it, as a signal would.
  static func run(
    _ logs: DayLogs, _ ways: [DayStrategy] = DayStrategy.allCases, in folder: DayFolder? = nil,
    most: Int = .max
  ) throws -> DayResult {
    var plan = DayPlan()
    (plan.strategies, plan.firstDays, plan.windowDays) = (ways, 2, 2)
    plan.admission = Admission(expireAfter: 2)
    var result = DayResult(
      command: ["deepfm", "days"], configuration: configuration.yaml, backend: "reference",
      days: logs.days.map(\.name), firstDays: 2, windowDays: 2, strategies: ways)
    let cancellation = Cancellation()
    var judged = 0
    try DayRunner(logs, plan: plan, configuration: configuration, backend: ReferenceBackend())
      .run(
        into: &result, from: folder.flatMap { $0.isThere ? $0 : nil }, keepingIn: folder,
        cancellation: cancellation, approve: { _, _ in },
        report: {
          guard case .judged = $0 else { return }
          judged += 1
          if judged == most { cancellation.cancel() }
        })
    return result
  }

  @Test func `days are periods of time or files, and give the same models`() throws {
    let all = LogSource.rows(columns: Self.columns, (0..<6).flatMap { Self.rows(of: $0) })
    let byTime = try DayLogs([all], schema: Self.schema, by: .time(seconds: 86_400))
    #expect(byTime.days.map(\.name).first == "2025-01-06" && byTime.days.count == 6)
    let files = (0..<6).map { day in
      LogSource.text(
        ([Self.columns] + Self.rows(of: day)).map { $0.joined(separator: ",") }
          .joined(separator: "\n") + "\n", name: "logs/day-\(day).csv")
    }
    let byFile = try DayLogs(files, schema: Self.schema, by: .files)
    #expect(byFile.days.map(\.name).last == "day-5.csv")
    // Without rows held out, which are chosen by their place in the log.
    let (one, other) = (try Self.run(byTime, [.once]), try Self.run(byFile, [.once]))
    #expect(one.rows.map(\.evaluation.rows) == other.rows.map(\.evaluation.rows))
    #expect(one.rows.map(\.evaluation.rows) == [160, 160, 160])
    let halves = try DayLogs([all], schema: Self.schema, by: .time(seconds: 43_200))
    #expect(halves.days.count == 12 && halves.days[1].name == "2025-01-06T12:00:00Z")
    var timeless = Self.schema
    timeless.time = nil
    #expect(throws: UserError.self) {
      try DayLogs([all], schema: timeless, by: .time(seconds: 86_400))
    }
  }

  @Test func `each way sees its days and is judged by the one behind`() throws {
    let all = LogSource.rows(columns: Self.columns, (0..<6).flatMap { Self.rows(of: $0) })
    let logs = try DayLogs([all], schema: Self.schema, by: .time(seconds: 86_400))
    let result = try Self.run(logs)
    #expect(result.rows.count == 3 * 5 && result.rows.allSatisfy { $0.evaluation.rows == 160 })
    func rows(_ way: DayStrategy) -> [DayResult.Row] { result.rows(of: way) }
    #expect(rows(.full).map(\.day) == [2, 3, 4])
    // About nine tenths of the days' rows: the others are held out.
    for (row, days) in zip(rows(.full), 3...5) {
      #expect(abs(Double(row.trainingRows) / Double(160 * days) - 0.9) < 0.06)
    }
    #expect(rows(.window).allSatisfy { abs(Double($0.trainingRows) / 320 - 0.9) < 0.06 })
    #expect(rows(.warm).allSatisfy { abs(Double($0.trainingRows) / 160 - 0.9) < 0.08 })
    #expect(rows(.once).allSatisfy { $0.trainingRows == 0 && $0.seconds == 0 })
    // Each day brings three users; after two days without them they go.
    #expect(rows(.warmNewIDs).map(\.admitted) == [3, 3, 3])
    #expect(rows(.warmNewIDs).map(\.expired) == [0, 6, 3])
    #expect(rows(.warm).map(\.features) == [Int](repeating: result.firstFeatures, count: 3))
    #expect(rows(.full).map(\.features) == (1...3).map { result.firstFeatures + 3 * $0 })
    #expect(rows(.warmNewIDs).allSatisfy { $0.meanAge ?? 0 > 0 })
    #expect(result.summaries.map(\.strategy) == DayStrategy.allCases)
    #expect(result.summaries[0].aucGain == nil && result.summaries[3].aucGain != nil)
  }

  @Test func `a folder of days is read again, and its report written anew`() throws {
    let folder = FileManager.default.temporaryDirectory.path + "/days-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let all = LogSource.rows(columns: Self.columns, (0..<6).flatMap { Self.rows(of: $0) })
    let logs = try DayLogs([all], schema: Self.schema, by: .time(seconds: 86_400))
    let result = try Self.run(logs, [.full, .warmNewIDs])
    try ReportFiles.write(result, to: folder)
    #expect(DayResult.exists(in: folder))
    let page = try String(contentsOfFile: folder + "/report.html", encoding: .utf8)
    #expect(page.contains("warm start with new ids") && page.contains("2025-01-11"))
    try FileManager.default.removeItem(atPath: folder + "/report.html")
    try ReportFiles.regenerate(folder: folder)
    #expect(try String(contentsOfFile: folder + "/report.html", encoding: .utf8) == page)
  }

  @Test func `ended and resumed again and again, days come to the same figures`() throws {
    let all = LogSource.rows(columns: Self.columns, (0..<6).flatMap { Self.rows(of: $0) })
    let logs = try DayLogs([all], schema: Self.schema, by: .time(seconds: 86_400))
    func kept(_ name: String) throws -> DayFolder {
      let path = FileManager.default.temporaryDirectory.path + "/days-\(name)-\(UUID().uuidString)"
      let folder = DayFolder(of: path)
      try FileManager.default.createDirectory(
        atPath: folder.path, withIntermediateDirectories: true)
      return folder
    }
    func models(_ folder: DayFolder) throws -> [String: Data] {
      let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        .filter { $0 != "state.json" }
      return Dictionary(
        uniqueKeysWithValues: try names.map {
          ($0, try Data(contentsOf: URL(filePath: "\(folder.path)/\($0)")))
        })
    }
    let (whole, cut) = (try kept("whole"), try kept("cut"))
    defer {
      for folder in [whole, cut] {
        try? FileManager.default.removeItem(
          at: URL(filePath: folder.path).deletingLastPathComponent())
      }
    }
    let ways: [DayStrategy] = [.warm, .full, .warmNewIDs]
    let expected = try Self.run(logs, ways, in: whole)
    var found = try Self.run(logs, ways, in: cut, most: 2)
    while found.rows.count < expected.rows.count {
      // In the middle of a day: the report has whole days, and the next one goes on behind the last way.
      #expect(found.rows.count % ways.count == 0)
      found = try Self.run(logs, ways, in: cut, most: 2)
    }
    #expect(found.rows.map(\.evaluation) == expected.rows.map(\.evaluation))
    #expect(found.rows.map(\.strategy) == expected.rows.map(\.strategy))
    #expect(try models(cut) == models(whole) && models(cut).count == 6)
    // Other days, other settings.
    #expect(throws: UserError.self) { try Self.run(logs, [.warm], in: cut) }
    let fewer = try DayLogs([all], schema: Self.schema, by: .time(seconds: 43_200))
    #expect(throws: UserError.self) { try Self.run(fewer, ways, in: cut) }
  }
}
