import DeepFMKit
import Foundation
import Random
import Statistics
import Testing

@testable import Experiment

/// A small log: a click where user and item are both even or both odd, nine times of ten.
private func log(rows: Int, seed: UInt64) -> LogSource {
  var random = RandomStream(seed: seed, purpose: "experiment log")
  return .rows(
    columns: ["click", "user", "item"],
    (0..<rows).map { _ in
      let (user, item) = (Int(random.nextWord() % 12), Int(random.nextWord() % 12))
      let rate = user % 2 == item % 2 ? 0.9 : 0.1
      return [random.uniform() < rate ? "1" : "0", "u\(user)", "i\(item)"]
    })
}

private func data(seed: UInt64 = 1) throws -> ExperimentData {
  let configuration = TrainingConfiguration()
  let rows = try TrainingData(
    training: [log(rows: 300, seed: seed)], validation: [log(rows: 100, seed: 8)],
    configuration: configuration)
  return ExperimentData(
    rows, test: try rows.encoder.encode([log(rows: 100, seed: 9)]), names: ["log"])
}

private func record(
  _ yaml: String, _ data: ExperimentData, kind: ExperimentRecord.Kind = .compare
) throws -> ExperimentRecord {
  let file = try ExperimentFile(yaml: yaml, name: "e.yaml")
  let flags = TrainingSettings()
  return ExperimentRecord(
    kind: kind, title: "Test", command: ["deepfm", "compare"], data: data.description,
    champion: file.champion,
    variants: file.space.isEmpty
      ? try file.variants() : try Study.variants(file, over: flags, seed: 1, origin: "e"),
    seeds: file.seeds, devices: [.init(name: "reference", description: "reference")],
    study: file.space.isEmpty ? nil : StudyRecord(keys: file.space.keys))
}

private let two = """
  champion: fm
  seeds: [1, 2]
  settings: {epochs: 2, batch_size: 64, embedding_size: 2, learning_rate: 0.05}
  models: [lr, fm]
  """

private func withFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
  let folder = FileManager.default.temporaryDirectory
    .appendingPathComponent("deepfm-experiment-\(UUID().uuidString)").path
  defer { try? FileManager.default.removeItem(atPath: folder) }
  return try body(folder)
}

/// Which runs were trained, and which were there.
private struct Tally {
  var trained = 0
  var found = 0

  mutating func count(_ event: ExperimentEvent) {
    switch event {
    case .finished: trained += 1
    case .found: found += 1
    default: break
    }
  }
}

@Suite struct ExperimentRunTests {
  private func run(
    _ yaml: String, in folder: String, _ data: ExperimentData,
    cancellingAfter limit: Int = .max
  ) throws -> (Tally, ExperimentRecord) {
    var record = try record(yaml, data)
    let runner = ExperimentRunner(data, in: try RunStore(folder: folder))
    let cancellation = Cancellation()
    var tally = Tally()
    let outcome = try runner.run(record.requests, cancellation: cancellation) {
      tally.count($0)
      if tally.trained >= limit { cancellation.cancel() }
    }
    record.take(outcome, of: record.requests.count)
    return (tally, record)
  }

  @Test func `an interrupted comparison goes on and repeats nothing`() throws {
    let data = try data()
    try withFolder { folder in
      let (first, half) = try run(two, in: folder, data, cancellingAfter: 2)
      #expect(first.trained == 2 && half.missing == 2)
      let before = try Comparison(half, in: folder).rows.map(\.folders)
      // What a kill in the middle of writing leaves is no run.
      let unfinished = folder + "/runs/.unfinished-fm-s2-0123456789"
      try FileManager.default.createDirectory(
        atPath: unfinished, withIntermediateDirectories: true)
      let (second, whole) = try run(two, in: folder, data)
      #expect(second.trained == 2 && second.found == 2 && whole.missing == 0)
      #expect(!FileManager.default.fileExists(atPath: unfinished))
      let after = try Comparison(whole, in: folder).rows.map { Array($0.folders.prefix(1)) }
      #expect(after == before)
    }
  }

  @Test func `other settings or rows are other runs`() throws {
    let (first, second) = (try data(), try data(seed: 2))
    let other = two.replacing("epochs: 2", with: "epochs: 1")
    let trained = try withFolder { folder in
      try [(two, first), (two, first), (other, first), (two, second), (two, first)].map {
        try run($0, in: folder, $1).0.trained
      }
    }
    #expect(trained == [4, 0, 4, 4, 0])
  }

  @Test func `a run without all its files is made again`() throws {
    let data = try data()
    try withFolder { folder in
      let (_, record) = try run(two, in: folder, data)
      let victim = RunStore.path(of: record.runs[0].folder, in: folder)
      let numbers = try RunFolder.summary(in: victim)
      try FileManager.default.removeItem(atPath: victim + "/metrics.json")
      let (again, _) = try run(two, in: folder, data)
      #expect(again.trained == 1 && again.found == 3)
      // The same settings, rows and device: the same numbers.
      #expect(try RunFolder.summary(in: victim).test == numbers.test)
    }
  }

  @Test func `two processes do not share a folder`() throws {
    try withFolder { folder in
      let store = try RunStore(folder: folder)
      #expect(throws: UserError.self) { try RunStore(folder: folder) }
      withExtendedLifetime(store) {}
    }
  }

  @Test func `a run that diverges does not end the others`() throws {
    let data = try data()
    let yaml = """
      seeds: [1]
      settings: {epochs: 2, batch_size: 64, embedding_size: 2}
      models:
        fm: {optimizer: sgd, learning_rate: 1e30, clip_norm: 0}
        lr:
      """
    try withFolder { folder in
      let (tally, record) = try run(yaml, in: folder, data)
      #expect(tally.trained == 1 && record.failures.map(\.variant) == ["fm"])
      #expect(record.missing == 0)
      try ReportFiles.write(record, to: folder)
      #expect(
        try String(contentsOfFile: folder + "/report.md", encoding: .utf8).contains("nothing"))
    }
  }

  @Test func `the comparisons numbers are those of its folders`() throws {
    let data = try data()
    try withFolder { folder in
      let (_, record) = try run(two, in: folder, data)
      let comparison = try Comparison(record, in: folder)
      #expect(comparison.evaluatedOn == .test && comparison.unit == "lr")
      let fm = try #require(comparison.rows.first { $0.variant == "fm" })
      let lr = try #require(comparison.rows.first { $0.variant == "lr" })
      func values(_ row: Comparison.Row) throws -> [Double] {
        try row.folders.map { name in
          let summary = try RunFolder.summary(in: RunStore.path(of: name, in: folder))
          return try #require(summary.test?.auc)
        }
      }
      let (mine, other) = (try values(fm), try values(lr))
      #expect(fm.auc == Spread(mine) && lr.auc == Spread(other))
      #expect(lr.aucTest == PairedTest(zip(mine, other).map { ($0, $1) }))
      #expect(fm.aucTest == nil && lr.epochRatio == 1)
      let seconds = try [fm, lr].map { try #require($0.secondsPerEpoch).mean }
      #expect(fm.epochRatio == seconds[0] / seconds[1])

      // The kept model gives the very numbers again.
      let model = try TrainedModel(
        contentsOf: RunFolder.modelPath(in: RunStore.path(of: fm.folders[0], in: folder)))
      let test = try #require(data.test)
      let again = try Predictor(model, on: ReferenceBackend()).evaluate(test)
      #expect(again.auc == mine[0])

      try ReportFiles.write(record, to: folder)
      let html = try Data(contentsOf: URL(filePath: folder + "/report.html"))
      try FileManager.default.removeItem(atPath: folder + "/report.html")
      try ReportFiles.regenerate(folder: folder)
      #expect(try Data(contentsOf: URL(filePath: folder + "/report.html")) == html)
      try ReportFiles.regenerate(folder: RunStore.path(of: fm.folders[0], in: folder))
      #expect(throws: UserError.self) { try ReportFiles.regenerate(folder: folder + "/runs") }
    }
  }

  @Test func `halving gives the best more epochs and ranks them first`() throws {
    let data = try data()
    let yaml = """
      seeds: [1]
      settings: {epochs: 4, batch_size: 64, embedding_size: 2, patience: 0}
      models: [fm]
      space: {learning_rate: [1e-6, 1e-5, 0.05, 0.1]}
      """
    try withFolder { folder in
      let record = try record(yaml, data, kind: .study)
      var method = SearchMethod()
      method.halving = .init(epochs: 1, factor: 2)
      let runner = ExperimentRunner(data, in: try RunStore(folder: folder), keepsModels: false)
      let done = try Study.run(
        record, method: method, with: runner, cancellation: Cancellation(), report: { _ in },
        save: { try ReportFiles.write($0, to: folder) })
      #expect(done.study?.rounds.map(\.epochs) == [1, 2, 4])
      #expect(done.study?.rounds.map(\.variants.count) == [4, 2, 1])
      let result = try StudyResult(done, in: folder)
      #expect(result.rows.count == 4)
      #expect(["0.05", "0.1"].contains(result.rows[0].point[0].value))
      #expect(result.rows[0].epochs?.mean == 4)
      let place = RunStore.path(of: result.rows[0].folders[0], in: folder)
      #expect(!FileManager.default.fileExists(atPath: RunFolder.modelPath(in: place)))
    }
  }
}
