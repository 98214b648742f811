import DeepFMKit
import Foundation
import Random

/// A log in which a click depends on the pair (user's taste, item's kind) and on nothing of either
/// alone: only a model with pairwise terms can learn it.
///
/// - Parameter share: the click rate of matching pairs; with 0.5 there is nothing to learn.
func pairwiseLog(rows: Int, share: Double = 0.9, seed: UInt64 = 7) -> LogSource {
  var random = RandomStream(seed: seed, purpose: "pairwise log")
  return .rows(
    columns: ["click", "user", "item", "noise"],
    (0..<rows).map { _ in
      let user = Int(random.nextWord() % 40)
      let item = Int(random.nextWord() % 40)
      let rate = user % 2 == item % 2 ? share : 1 - share
      let click = random.uniform() < rate
      return [click ? "1" : "0", "u\(user)", "i\(item)", "n\(random.nextWord() % 5)"]
    })
}

extension ModelRegistry {
  /// The models but for those that are another one beside an FM, for what takes long: their parts are tried.
  static let distinctNames = {
    let names = builtIn.map { $0.name }
    return names.filter { name in !names.contains { name == "deepfm-\($0)" } }
  }()
}

/// A small, quick configuration.
func smallConfiguration(_ model: String = "fm") -> TrainingConfiguration {
  var configuration = TrainingConfiguration(model: model)
  configuration.sizes.embeddingSize = 4
  (configuration.sizes.hidden, configuration.sizes.secondHidden) = ([8, 8], [12])
  configuration.sizes.dropout = 0.1
  configuration.sizes.batchNorm = false
  configuration.wide.l2 = 0
  configuration.embedding.l2 = 0
  configuration.tables = .touched
  // EDCN's streams multiply without bounds: steps as large as the others' magnify rounding without end.
  configuration.learningRate = model.hasSuffix("edcn") ? 1e-3 : 0.02
  configuration.batchSize = 64
  configuration.epochs = 3
  return configuration
}

/// Runs `body` with a new folder that is gone afterwards.
func withTemporaryFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
  let folder = FileManager.default.temporaryDirectory
    .appendingPathComponent("deepfm-\(UUID().uuidString)").path
  try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(atPath: folder) }
  return try body(folder)
}

/// The bytes of a file.
func contents(of path: String) throws -> [UInt8] {
  [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
}

/// Trains on the reference backend.
func trainOnReference(
  _ log: LogSource, _ configuration: TrainingConfiguration, validation: LogSource? = nil,
  cancellation: Cancellation = Cancellation(), report: (TrainingEvent) -> Void = { _ in }
) throws -> TrainingRun {
  let data = try TrainingData(
    training: [log], validation: validation.map { [$0] } ?? [], configuration: configuration)
  return try Trainer(data, configuration: configuration, backend: ReferenceBackend())
    .run(cancellation: cancellation, report: report)
}
