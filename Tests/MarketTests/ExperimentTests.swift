import DeepFMKit
import Foundation
import Serving
import Testing

@testable import Market

@Suite struct `An experiment in a market` {
  private var settings: MarketSettings {
    var settings = MarketSettings()
    (settings.users, settings.items, settings.newItems) = (120, 40, 4)
    (settings.candidates, settings.places) = (8, 2)
    return settings
  }

  private var design: MarketDesign {
    var design = MarketDesign()
    (design.aaDays, design.abDays, design.epochs, design.crosses) = (1, 2, 1, 2)
    (design.embedding, design.hidden) = (4, [8])
    return design
  }

  private func run(_ folder: String, isServed: Bool) throws -> MarketResult {
    try MarketExperiment(settings, design) { try Backends.make(device: "cpu") }
      .run(in: folder, isServed: isServed)
  }

  /// All that is in a folder but the table of items of a server.
  private func contents(_ folder: String) throws -> [String: Data] {
    let paths = try FileManager.default.subpathsOfDirectory(atPath: folder)
    return Dictionary(
      uniqueKeysWithValues: paths.compactMap { path in
        guard !path.hasSuffix("items.csv"),
          let data = FileManager.default.contents(atPath: "\(folder)/\(path)")
        else { return nil }
        return (path, data)
      })
  }

  /// Runs what waits for a server elsewhere: the threads of tests are those that the server's tasks need.
  private func offThePool<Result: Sendable>(
    _ body: @escaping @Sendable () throws -> Result
  ) async throws -> Result {
    try await withCheckedThrowingContinuation { (done: CheckedContinuation<Result, any Error>) in
      DispatchQueue.global().async { done.resume(with: .init(catching: body)) }
    }
  }

  private func withFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
    let folder = FileManager.default.temporaryDirectory.path + "/market-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    return try body(folder)
  }

  @Test func `leaves the same bytes whether models are served or not, and where it was stopped`()
    async throws
  {
    try await offThePool { try sameBytes() }
  }

  private func sameBytes() throws {
    try withFolder { folder in
      let served = try run(folder + "/served", isServed: true)
      let alone = try run(folder + "/alone", isServed: false)
      let bytes = try contents(folder + "/alone")
      #expect(bytes.count > 12)
      #expect(try contents(folder + "/served") == bytes)
      #expect(served.days.count == 4 && alone.days.count == 4)
      #expect(served.ab.rows == alone.ab.rows && served.ab.rows > 500)
      // As after a kill between a day's log and its record, and within a model's training.
      let stopped = folder + "/served"
      for path in ["days/02.json", "days/03.json", "models/deepfm-d/3", "log/day-03-B.csv"] {
        try FileManager.default.removeItem(atPath: "\(stopped)/\(path)")
      }
      _ = try run(stopped, isServed: true)
      #expect(try contents(stopped) == bytes)
    }
  }

  @Test func `models that go on daily keep what they know, and learn new items`() throws {
    try withFolder { folder in
      var design = design
      (design.retraining, design.crosses) = (.daily, 0)
      func run() throws {
        _ = try MarketExperiment(settings, design) { try Backends.make(device: "cpu") }
          .run(in: folder, isServed: false)
      }
      try run()
      func items(_ version: Int) throws -> [String] {
        let model = try TrainedModel(contentsOf: "\(folder)/models/lr/\(version)/model.deepfm")
        let field = try #require(model.encoder.fields.first { $0.field.name == "item" })
        return (0..<field.vocabulary.count).map { field.vocabulary[$0] }
      }
      let (first, last) = (try items(1), try items(3))
      #expect(Array(last.prefix(first.count)) == first && last.count > first.count)
      // As after a kill before the last day's models were there.
      let bytes = try contents(folder)
      for path in ["days/03.json", "models/deepfm-d/3", "models/lr/3"] {
        try FileManager.default.removeItem(atPath: "\(folder)/\(path)")
      }
      try run()
      #expect(try contents(folder) == bytes)
    }
  }

  @Test func `counts every row once, and tells the truth beside the measure`() throws {
    try withFolder { folder in
      let result = try run(folder, isServed: false)
      let days = result.days.filter { $0.phase == .ab }
      #expect(result.ab.rows == days.reduce(0) { $0 + $1.impressions })
      #expect(result.ab.outside == 0 && result.ab.mixed == 0)
      let oracle = result.expected("oracle").clickRate
      #expect(result.expected("lr").clickRate <= oracle)
      #expect(result.expected("deepfm-d").clickRate <= oracle)
      #expect(abs(result.oracleLift - (oracle / result.expected("lr").clickRate - 1)) < 1e-12)
      #expect(result.report.html.contains("what was measured"))
    }
  }

  @Test func `goes on without any request in random order`() throws {
    try withFolder { folder in
      var settings = settings
      settings.exploration = 0
      let result = try MarketExperiment(settings, design) { try Backends.make(device: "cpu") }
        .run(in: folder, isServed: false)
      #expect(result.ab.rows > 500)
    }
  }

  @Test func `does not go on in the folder of another one`() throws {
    try withFolder { folder in
      _ = try run(folder, isServed: false)
      var other = settings
      other.seed = 9
      #expect(throws: (any Error).self) {
        try MarketExperiment(other, design) { try Backends.make(device: "cpu") }
          .run(in: folder, isServed: false)
      }
    }
  }

  @Test func `two in one folder would mix their days, so the second is refused`() throws {
    try withFolder { folder in
      let first = try MarketFolder(folder, .init(settings: settings, design: design))
      #expect {
        try run(folder, isServed: false)
      } throws: {
        "\($0)".contains("another process at work in it")
      }
      withExtendedLifetime(first) {}
    }
  }

  @Test func `leaves nothing of what a killed run had not written whole`() throws {
    try withFolder { folder in
      let models = "\(folder)/models/lr/2"
      try FileManager.default.createDirectory(atPath: models, withIntermediateDirectories: true)
      let unfinished = "\(models)/.model.deepfm.77.tmp"
      try Data("half".utf8).write(to: URL(filePath: unfinished))
      _ = try MarketFolder(folder, .init(settings: settings, design: design))
      #expect(!FileManager.default.fileExists(atPath: unfinished))
      #expect(FileManager.default.fileExists(atPath: "\(folder)/market.json"))
    }
  }

  @Test func `asks its server over new connections where the old ones were idle too long`()
    async throws
  {
    let answers = try await offThePool {
      try withFolder { folder in
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        var options = ServerOptions()
        options.arrival = .milliseconds(50)
        let server = try MarketServer(folder: folder, options: options) {
          try Backends.make(device: "cpu")
        }
        // Longer than that: the server closes the client's connections.
        Thread.sleep(forTimeInterval: 0.5)
        var answers: [String] = []
        try server.client.ask(
          "/v2/repository/index", count: 20, body: { _ in "{}" }, answer: { answers.append($1) })
        try server.stop()
        return answers
      }
    }
    #expect(answers.map { $0.filter { !$0.isWhitespace } } == [String](repeating: "[]", count: 20))
  }
}
