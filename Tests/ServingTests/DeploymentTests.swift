import Assignment
import DeepFMKit
import Foundation
import RequestLogs
import Synchronization
import Testing

@testable import Serving

/// A folder of versions of one model.
private struct Versions {
  let folder = FileManager.default.temporaryDirectory.path + "/versions-\(UUID().uuidString)"

  func add(_ version: String, _ run: TrainedRun) throws {
    let place = "\(folder)/clicks/\(version)"
    try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
    try FileManager.default.copyItem(atPath: run.path, toPath: place + "/model.deepfm")
  }

  /// What changed from a run to another, as a version.
  func add(_ version: String, from base: TrainedRun, to run: TrainedRun) throws {
    let place = "\(folder)/clicks/\(version)"
    try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
    let models = try [base, run].map {
      try TrainedModel(contentsOf: $0.path, includingOptimizer: false)
    }
    try ModelDelta(from: models[0], to: models[1]).write(to: place + "/model.delta")
  }

  func damage(_ version: String) throws {
    let path = "\(folder)/clicks/\(version)/model.deepfm"
    var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    bytes[bytes.count / 2] ^= 1
    try bytes.write(to: URL(fileURLWithPath: path))
  }
}

@Suite struct `A version takes the place of another` {
  private static let second = try! TrainedRun(seed: 5)
  private let versions = Versions()
  private let body = #"{"instances":[{"user":"anna, \"3\"","price":7},{"item":"item é4"}]}"#

  private func ask(_ serviced: Serviced) async -> (String, [Float]) {
    await Self.ask(serviced, body)
  }

  private static func ask(_ serviced: Serviced, _ body: String) async -> (String, [Float]) {
    let answer = await serviced.ask("/v1/models/clicks:predict", json: body)
    return (answer.json["model_version"] as? String ?? answer.text, answer.predictions)
  }

  @Test func `though it is but what changed since one that is there`() async throws {
    try versions.add("1", .shared)
    try versions.add("2", Self.second)
    let serviced = try Serviced(.folder(versions.folder))
    let whole = await ask(serviced)
    try versions.add("3", from: Self.second, to: .shared)
    try versions.add("4", from: .shared, to: Self.second)
    #expect(serviced.repository.scan().isEmpty)
    #expect(await ask(serviced) == ("4", whole.1))
    // A chain of changes: the fifth is made of the fourth's model.
    try FileManager.default.removeItem(atPath: versions.folder + "/clicks/2")
    try versions.add("5", from: Self.second, to: .shared)
    #expect(serviced.repository.scan().isEmpty)
    #expect(await ask(serviced).0 == "5")
    // One whose model is nowhere is refused, and the one before answers on.
    try FileManager.default.removeItem(atPath: versions.folder + "/clicks/1")
    for version in ["3", "4"] {
      try FileManager.default.removeItem(atPath: versions.folder + "/clicks/" + version)
    }
    try versions.add("6", from: .shared, to: Self.second)
    try FileManager.default.removeItem(atPath: versions.folder + "/clicks/5")
    #expect(serviced.repository.scan().contains { "\($0)".contains("no other version") })
    #expect(await ask(serviced).0 == "5")
  }

  @Test func `when it is found, or asked for, and goes back by one call`() async throws {
    try versions.add("1", .shared)
    let serviced = try Serviced(.folder(versions.folder))
    let first = await ask(serviced)
    #expect(first.0 == "1")
    try versions.add("2", Self.second)
    #expect(serviced.repository.scan().isEmpty)
    let second = await ask(serviced)
    #expect(second.0 == "2")
    #expect(second.1 != first.1)
    #expect(await serviced.ask("/v2/repository/models/clicks/rollback").status == .ok)
    #expect(await ask(serviced) == first)
    // What was taken back is not taken again by itself, but when asked for.
    #expect(serviced.repository.scan().isEmpty)
    #expect(await ask(serviced).0 == "1")
    #expect(
      await serviced.ask(
        "/v2/repository/models/clicks/load", json: #"{"parameters":{"version":"2"}}"#
      ).status == .ok)
    #expect(await ask(serviced) == second)
    #expect(await serviced.ask("/v2/repository/models/clicks/unload").status == .ok)
    #expect(
      await serviced.ask("/v1/models/clicks:predict", json: body).status == .serviceUnavailable)
  }

  @Test func `but a broken one is refused, and the old one goes on`() async throws {
    try versions.add("1", .shared)
    let serviced = try Serviced(.folder(versions.folder))
    let first = await ask(serviced)
    try versions.add("2", Self.second)
    try versions.damage("2")
    #expect(serviced.repository.scan().count == 1)
    #expect(await ask(serviced) == first)
    // It is not tried again until it is another file.
    #expect(serviced.repository.scan().isEmpty)
    let index = await serviced.ask("/v2/repository/index").text
    #expect(index.contains("do not match their checksum"))
    try FileManager.default.removeItem(atPath: "\(versions.folder)/clicks/2")
    try versions.add("2", Self.second)
    #expect(serviced.repository.scan().isEmpty)
    #expect(await ask(serviced).0 == "2")
  }

  @Test func `of other inputs is refused while clients send the old ones`() async throws {
    try versions.add("1", .shared)
    let serviced = try Serviced(.folder(versions.folder))
    _ = await ask(serviced)
    let other = try ClickModel.fit(
      .rows(columns: ["click", "x"], (0..<100).map { ["\($0 % 2)", "\($0 % 7)"] }),
      configuration: {
        var configuration = TrainingConfiguration(model: "lr")
        configuration.epochs = 1
        return configuration
      }(), device: "cpu")
    let place = "\(versions.folder)/clicks/2"
    try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
    try other.save(to: place + "/model.deepfm")
    let failure = try #require(serviced.repository.scan().first)
    #expect("\(failure)".contains("no recorded request that it can answer"))
    #expect(await ask(serviced).0 == "1")
  }

  @Test func `for a share of the units, or in the shadow`() async throws {
    try versions.add("1", .shared)
    let seen = Seen()
    let serviced = try Serviced(.folder(versions.folder), observer: seen)
    try versions.add("2", Self.second)
    #expect(
      await serviced.ask(
        "/v2/repository/models/clicks/load",
        json: #"{"parameters":{"version":"2","canary":0.3}}"#
      ).status == .ok)
    #expect(serviced.repository.scan().isEmpty)
    var arms: [String: Set<String>] = [:]
    for unit in 0..<60 {
      for _ in 0..<2 {
        let answer = await serviced.ask(
          "/v1/models/clicks:predict", json: body, headers: [("X-DeepFM-Unit", "u\(unit)")])
        arms["u\(unit)", default: []].insert(answer.json["model_version"] as? String ?? "")
      }
    }
    #expect(arms.values.allSatisfy { $0.count == 1 })
    let treated = arms.values.count { $0 == ["2"] }
    #expect((6...32).contains(treated), "\(treated) of 60")
    let byPlace = arms.filter { AssignmentHash.v2.place(of: $0.key.utf8, seed: "clicks") < 0.3 }
    #expect(byPlace.count == treated)

    #expect(
      await serviced.ask(
        "/v2/repository/models/clicks/load",
        json: #"{"parameters":{"version":"2","shadow":true}}"#
      ).status == .ok)
    let answer = await serviced.ask(
      "/v1/models/clicks:predict", json: body, headers: [("X-Request-ID", "r1")])
    #expect(["1", "2"].contains(answer.json["model_version"] as? String))
    for _ in 0..<200 where seen.of("r1").count < 2 { try await Task.sleep(for: .milliseconds(10)) }
    let scored = seen.of("r1")
    #expect(scored.contains { $0.arm == .shadow && $0.version == "2" })
    let shown = try #require(scored.first { $0.arm != .shadow })
    #expect(shown.probabilities == answer.predictions)
    #expect(shown.values.columns.map(\.name) == ["user", "item", "price", "tags", "hash", "when"])
    #expect(shown.values.text(0, 0) == #"anna, "3""#)
    #expect(shown.values.text(1, 2) == "")
  }

  @Test func `while requests go on, none fails and none is mixed`() async throws {
    try versions.add("1", .shared)
    let serviced = try Serviced(.folder(versions.folder))
    let first = await ask(serviced).1
    try versions.add("2", Self.second)
    let isDone = Flag()
    serviced.repository.scan()
    let second = await ask(serviced).1
    let expected = ["1": first, "2": second]
    let body = body
    await withTaskGroup(of: Int.self) { group in
      for _ in 0..<4 {
        group.addTask { @Sendable in
          var asked = 0
          while !isDone.isRaised {
            let (version, found) = await Self.ask(serviced, body)
            #expect(expected[version] == found)
            asked += 1
          }
          return asked
        }
      }
      for swap in 0..<10 {
        let answer = await serviced.ask(
          "/v2/repository/models/clicks/load",
          json: #"{"parameters":{"version":"\#(swap % 2 + 1)"}}"#)
        #expect(answer.status == .ok)
      }
      isDone.raise()
      for await asked in group { #expect(asked > 0) }
    }
  }
}

private final class Flag: Sendable {
  private let state = Atomic<Bool>(false)

  var isRaised: Bool { state.load(ordering: .relaxed) }
  func raise() { state.store(true, ordering: .relaxed) }
}

private final class Seen: RequestObserver {
  private let all = Mutex<[ScoredRequest]>([])

  func wants(_ id: String) -> Bool { true }
  var counts: RequestLogCounts? { nil }
  func received(_ feedback: [Feedback]) -> Bool { true }
  func scored(_ request: ScoredRequest) { all.withLock { $0.append(request) } }
  func of(_ id: String) -> [ScoredRequest] { all.withLock { $0.filter { $0.id == id } } }
}
