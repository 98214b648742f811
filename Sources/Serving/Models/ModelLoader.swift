import Data
import Foundation
import Logs
import Operators
import Support
import Training

/// Brings a version of a model into memory, checked and warm.
package struct ModelLoader: Sendable {
  /// Makes the backend of a version: each has its own, and so its own queue on the device.
  package var makeBackend: @Sendable () throws -> any Backend
  /// Holds the device against the reference for a model of a shape that it was not held against before.
  package var check: @Sendable (any Backend, TrainedModel) throws -> Void
  package var batching = BatchingPolicy()
  package var limits = RequestLimits()
  /// What is known of items, and the column of their ids; nil for nothing.
  package var items: (log: LogSource, key: String?)?
  /// Whether what is known of items is to be logged with the requests that name them.
  package var keepsItemTexts = false

  package init(
    makeBackend: @escaping @Sendable () throws -> any Backend,
    check: @escaping @Sendable (any Backend, TrainedModel) throws -> Void = { _, _ in }
  ) {
    (self.makeBackend, self.check) = (makeBackend, check)
  }

  /// Loads a version.
  ///
  /// - Parameters:
  ///   - path: the model file, or a delta.
  ///   - others: the paths of the model's versions, among which a delta finds the one that it was made from.
  ///   - recorded: requests that the version before has answered.
  /// - Throws: `UserError` for a file that is damaged or a model that does not stand the checks; what the
  ///   device refuses.
  func load(
    _ name: String, version: String, from path: String, among others: [String],
    recorded: [RequestBody]
  ) throws -> LoadedModel {
    let model = try TrainedModel(version: path, among: others)
    let backend = try makeBackend()
    try check(backend, model)
    func scorer(on backend: some Backend) throws -> any Scorer {
      try Predictor(model, on: backend, capacity: max(batching.maxBatch, 1))
    }
    let scorer = try scorer(on: backend)
    try WarmUp(model: model, path: path).run(scorer)
    let items = try items.map {
      try ItemTable($0.log, key: $0.key, of: model.encoder, keepsTexts: keepsItemTexts)
    }
    let folder = (path as NSString).deletingLastPathComponent
    let curves = try? RunFolder.curves(in: folder)
    let loaded = LoadedModel(
      name, version: version, model, scorer: scorer, items: items,
      drift: curves.flatMap { ScoreDrift($0.reliability) }, limits: limits, batching: batching)
    try loaded.warmUp(recorded, scorer, path)
    return loaded
  }
}

/// The first batches of a version: they compile kernels, and show a model that is broken.
private struct WarmUp {
  let model: TrainedModel
  let path: String
  private let rows = 24

  init(model: TrainedModel, path: String) { (self.model, self.path) = (model, path) }

  /// Scores made-up rows one by one and together: a row's score depends on nothing but the row.
  func run(_ scorer: any Scorer) throws {
    let layout = model.encoder.layout
    let count = min(rows, scorer.capacity)
    let together = try scorer.predict(batch(of: 0..<count, layout))
    for row in 0..<count {
      let alone = try scorer.predict(batch(of: row..<row + 1, layout))[0]
      try check(alone.isFinite && (0...1).contains(alone), "a probability of \(alone)")
      try check(
        alone.bitPattern == together[row].bitPattern,
        "\(alone) for a row alone and \(together[row]) for it among \(count)")
    }
    _ = try scorer.predict(batch(of: 0..<scorer.capacity, layout))
  }

  private func check(_ isRight: Bool, _ found: String) throws {
    guard !isRight else { return }
    throw UserError(
      path, found: found, expected: "probabilities that depend on their rows alone",
      remedy: "train the model again, or serve it on another device")
  }

  private func batch(of rows: Range<Int>, _ layout: BatchLayout) -> Batch {
    let ids = rows.flatMap { row in
      (0..<layout.slots).map { slot -> Int32 in
        let range =
          layout.fieldFeatures?[layout.slotFields[slot]] ?? 0..<layout.features
        // Some of every field's features, the first ones more often.
        let step = row * row * 7919 + slot * 104_729
        return range.isEmpty ? Batch.absent : Int32(range.lowerBound + step % range.count)
      }
    }
    return Batch(
      layout: layout, ids: ids,
      values: layout.weighted ? [Float](repeating: 1, count: ids.count) : nil,
      labels: [Float](repeating: 0, count: rows.count))
  }
}

extension LoadedModel {
  /// Answers recorded requests to nobody.
  ///
  /// - Throws: `UserError` where none of them can be read any more: clients send what another version wants.
  fileprivate func warmUp(_ recorded: [RequestBody], _ scorer: any Scorer, _ path: String) throws {
    var failure: (any Error)?
    var answered = 0
    for body in recorded {
      do {
        let job = ScoreJob(try decode(body).0.batch, deadline: nil) { _, _ in }
        _ = try scorer.predict([job])
        answered += 1
      } catch {
        failure = error
      }
    }
    if let failure, answered == 0 {
      throw UserError(
        path, found: "no recorded request that it can answer (\(failure))",
        expected: "a model of the same inputs", remedy: "serve it under another name")
    }
  }
}
