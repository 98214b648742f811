import Data
import Features
import Operators
import Support

/// One pass over the training rows.
final class EpochPass<B: Backend> {
  /// The loss is collected from the device every so many steps: a fixed number, so that its sum
  /// does not depend on timing.
  private static var collectionInterval: Int { 32 }
  /// How often progress is reported.
  private static var reportInterval: Duration { .milliseconds(500) }

  let network: Network<B>
  let learner: any Learner
  let rows: Dataset
  let kept: KeptRows?
  let epoch: Int
  let epochs: Int
  let configuration: TrainingConfiguration
  let rateFactor: Float

  /// Where the time went so far.
  var timing = EpochTiming()

  /// The steps made so far.
  var steps: Int { place.steps }

  /// How far it is.
  private var place = EpochPlace()
  private var lastReport = ContinuousClock.now
  private var lastWait = ContinuousClock.now
  /// Steps that the device may not have finished.
  private var queued = 0
  /// So many steps are queued before the device is waited for.
  private var queueLimit = 1
  private var recentLoss = 0.0

  /// - Parameters:
  ///   - kept: the rows, where the device keeps them.
  ///   - place: where to begin, of a pass that was interrupted.
  init(
    network: Network<B>, learner: any Learner, rows: Dataset, kept: KeptRows?, epoch: Int,
    epochs: Int,
    configuration: TrainingConfiguration, rateFactor: Float, from place: EpochPlace?
  ) {
    if let place { (self.place, timing) = (place, place.timing) }
    (self.network, self.learner) = (network, learner)
    (self.rows, self.kept) = (rows, kept)
    self.epoch = epoch
    self.epochs = epochs
    self.configuration = configuration
    self.rateFactor = rateFactor
  }

  /// Trains on every row once, in random order.
  ///
  /// - Parameter betweenSteps: called after each step, and once more where the pass is cancelled; what it is
  ///   given tells the place if it asks.
  /// - Returns: the mean of the batches' losses, or nil if cancelled.
  func run(
    _ cancellation: Cancellation, _ report: (TrainingEvent) -> Void,
    betweenSteps: (_ isLast: Bool, _ place: () throws -> EpochPlace) throws -> Void
  ) throws -> Double? {
    let (start, before) = (ContinuousClock.now, timing)
    (lastReport, lastWait) = (start, start)
    let loader = network.batches(
      of: rows, order: .shuffled(seed: configuration.seed, epoch: epoch), from: place.steps,
      part: learner.part, kept: kept)
    try learner.resetLoss(to: place.pendingLoss)
    while let batch = loader.next() {
      if try learner.agree(toStop: cancellation.isCancelled) {
        try betweenSteps(true, readPlace)
        return nil
      }
      try onDevice { try learner.train(batch, rateFactor: rateFactor) }
      place.steps += 1
      place.pending += 1
      queued += 1
      timing.samples += batch.wholeRows
      timing.loaderWait = before.loaderWait + loader.waited
      try wait(isLast: place.steps == loader.count, report) {
        timing.training = before.training + (ContinuousClock.now - start)
      }
      guard recentLoss.isFinite else { return recentLoss }
      try betweenSteps(false, readPlace)
    }
    return place.collected / Double(max(place.steps, 1))
  }

  /// Waits for the device where it is time to, and tells how far it is.
  private func wait(
    isLast: Bool, _ report: (TrainingEvent) -> Void, stop: () -> Void
  ) throws {
    if place.pending == Self.collectionInterval || isLast {
      try onDevice { try collect() }
    } else if queued >= queueLimit {
      try onDevice { try network.backend.finish() }
    } else {
      return
    }
    let now = ContinuousClock.now
    adaptQueueLimit((now - lastWait).seconds)
    lastWait = now
    stop()
    guard recentLoss.isFinite, now - lastReport >= Self.reportInterval else { return }
    if place.pending > 0 { recentLoss = try learner.losses().sum / Double(place.pending) }
    lastReport = now
    report(.progress(progress))
  }

  /// Takes the losses since the last time.
  private func collect() throws {
    let sum = try learner.losses().sum
    try learner.resetLoss(to: 0)
    place.collected += sum
    recentLoss = sum / Double(place.pending)
    place.pending = 0
  }

  /// Waits for the queued steps; from there another pass can go on.
  private func readPlace() throws -> EpochPlace {
    place.pendingLoss = try learner.losses().sum
    place.timing = timing
    return place
  }

  /// Keeps a quarter second of work queued: enough to keep a device busy, little enough for honest
  /// progress and a quick end.
  private func adaptQueueLimit(_ seconds: Double) {
    let perStep = max(seconds / Double(queued), 1e-6)
    queueLimit = Int(min(max(0.25 / perStep, 1), Double(Self.collectionInterval)))
    queued = 0
  }

  private func onDevice(_ work: () throws -> Void) rethrows {
    let start = ContinuousClock.now
    defer { timing.device += ContinuousClock.now - start }
    try work()
  }

  private var progress: TrainingProgress {
    let perSample = timing.training / Double(max(timing.samples, 1))
    let left = perSample * Double(rows.rows - timing.samples)
    return TrainingProgress(
      epoch: epoch, epochs: epochs, samples: timing.samples,
      samplesTotal: rows.rows, loss: recentLoss, timing: timing, epochTimeLeft: left,
      timeLeftAtMost: left
        + perSample * Double(rows.rows) * Double(epochs - epoch))
  }
}
