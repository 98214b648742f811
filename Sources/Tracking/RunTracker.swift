import Foundation
import Support
import Training

/// Writes down what a training tells while it goes, for programs that watch it.
///
/// | file | content |
/// |---|---|
/// | `events.out.tfevents.…` | TensorBoard's events: scalars by step and by epoch, settings with results |
/// | `events.jsonl` | the same scalars, a JSON object a line |
///
/// Scalars `step/…` are over training steps, all others over epochs. A pre-training's begin with `pretraining/`.
/// A file that cannot be written does not end a training: nothing more is written then, see ``failure``.
package final class RunTracker {
  private let events: EventFile
  private let lines: AppendFile
  private let now: () -> Date
  /// Why nothing more is written; nil while all is well.
  package private(set) var failure: (any Error)?
  private var place = Place()
  /// Whether the training under way goes on from an interrupted one, whose settings are told already.
  private let isTakenUp: Bool

  /// How far it is, in the training and in the files.
  private struct Place: Codable {
    var stepsBefore = 0
    var batchSize = 1
    var steps = 0
    var epoch = 0
    /// The name and the content of `events.out.tfevents.…`.
    var events: String?
    var eventsState = AppendFile.State()
    var linesState = AppendFile.State()
  }

  /// - Parameters:
  ///   - folder: where the files go.
  ///   - state: the ``state`` of a tracker of an interrupted training, whose files are in the folder: what
  ///     was written after it is cut off; nil for new files.
  ///   - now: the time, for tests.
  /// - Throws: `UserError` where they cannot be written.
  package init(
    in folder: String, from state: String? = nil, now: @escaping () -> Date = { Date() }
  ) throws {
    self.now = now
    if let state, let place = try? JSONText.decode(Place.self, from: Data(state.utf8)),
      let name = place.events,
      let events = try? EventFile(in: folder, name, from: place.eventsState),
      let lines = try? AppendFile(folder + "/events.jsonl", from: place.linesState)
    {
      (self.events, self.lines, self.place, isTakenUp) = (events, lines, place, true)
      return
    }
    events = try EventFile(in: folder, at: now())
    lines = try AppendFile(folder + "/events.jsonl", from: AppendFile.State())
    isTakenUp = false
  }

  /// What another tracker goes on from.
  package var state: String? {
    var place = place
    (place.events, place.eventsState, place.linesState) = (events.name, events.state, lines.state)
    return try? JSONText.line(place)
  }

  /// A line of `events.jsonl`.
  private struct Line: Encodable {
    var time: Double
    var step: Int
    var scalars: [String: Double]
  }

  /// Takes what a training tells.
  package func add(_ event: TrainingEvent) { attempt { try add(event, prefix: "") } }

  private func attempt(_ body: () throws -> Void) {
    guard failure == nil else { return }
    do { try body() } catch { failure = error }
  }

  private func add(_ event: TrainingEvent, prefix: String) throws {
    switch event {
    case .pretraining(let event): try add(event, prefix: "pretraining/")
    case .started(let start):
      guard !isTakenUp else { return }
      place = Place(batchSize: start.configuration.batchSize ?? 1)
      guard prefix.isEmpty else { return }
      let time = now()
      try events.append(Event(time, step: 0, [Event.settings(start.configuration, at: time)]))
    case .resumed(let epochs, _): place.epoch = epochs
    case .progress(let progress):
      place.steps =
        place.stepsBefore + (progress.samples + place.batchSize - 1) / place.batchSize
      try add(
        [
          "\(prefix)step/loss": progress.loss,
          "\(prefix)step/samples_per_second": progress.timing.samplesPerSecond,
        ], step: place.steps)
    case .epochFinished(let record, let timing):
      place.stepsBefore += (timing.samples + place.batchSize - 1) / place.batchSize
      place.epoch = record.epoch
      var scalars = [
        "train/loss": record.trainingLoss, "train/learning_rate": Double(record.learningRate),
        "train/samples_per_second": timing.samplesPerSecond,
      ]
      scalars.merge(Self.scalars(of: record.validation, "validation")) { first, _ in first }
      try add(
        Dictionary(uniqueKeysWithValues: scalars.map { (prefix + $0, $1) }), step: record.epoch)
    case .doubted, .noted, .warmedUp, .rateDropped, .monitorReplaced, .stopped, .checkpoint,
      .checkpointFailed, .takenUp, .recalibrated:
      break
    }
  }

  /// Ends the files with what the run came to.
  ///
  /// - Parameters:
  ///   - model: the weights that are kept, with their validation metrics.
  ///   - test: the metrics on test rows, where there are any.
  ///   - histograms: whether to show how the numbers of each parameter are spread.
  package func finish(_ model: TrainedModel, test: Evaluation?, histograms: Bool = false) {
    attempt { try end(model, test, histograms) }
  }

  private func end(_ model: TrainedModel, _ test: Evaluation?, _ histograms: Bool) throws {
    var scalars = Self.scalars(of: model.validation, "best")
    scalars.merge(Self.scalars(of: test, "test")) { first, _ in first }
    if let best = model.bestEpoch { scalars["best/epoch"] = Double(best) }
    try add(scalars, step: place.epoch)
    if histograms {
      try events.append(
        Event(
          now(), step: model.bestEpoch ?? place.epoch,
          model.tensors.map { Event.histogram("parameters/\($0.name)", of: $0.values) }))
    }
    let time = now()
    try events.append(Event(time, step: place.epoch, [Event.end(at: time)]))
  }

  private func add(_ scalars: [String: Double], step: Int) throws {
    let (time, known) = (now(), scalars.filter { $0.value.isFinite })
    guard !known.isEmpty else { return }
    try events.append(
      Event(
        time, step: step,
        known.sorted { $0.key < $1.key }.map { Event.scalar($0.key, $0.value) }))
    try lines.append(
      JSONText.line(Line(time: time.timeIntervalSince1970, step: step, scalars: known)))
  }

  private static func scalars(of evaluation: Evaluation?, _ group: String) -> [String: Double] {
    guard let evaluation else { return [:] }
    let numbers = [
      "auc": evaluation.auc, "log_loss": evaluation.logLoss,
      "normalized_entropy": evaluation.normalizedEntropy, "calibration": evaluation.calibration,
    ]
    return Dictionary(
      uniqueKeysWithValues: numbers.compactMap { name, number in
        number.map { ("\(group)/\(name)", $0) }
      })
  }
}
