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
  let rows: Dataset
  let epoch: Int
  let epochs: Int
  let configuration: TrainingConfiguration
  let rateFactor: Float

  /// Where the time went so far.
  var timing = EpochTiming()

  /// The sum of the batches' losses collected so far.
  private var collected = 0.0
  private var steps = 0
  /// Steps since the loss was last collected.
  private var pending = 0
  /// Steps that the device may not have finished.
  private var queued = 0
  /// So many steps are queued before the device is waited for.
  private var queueLimit = 1
  private var recentLoss = 0.0

  init(
    network: Network<B>, rows: Dataset, epoch: Int, epochs: Int,
    configuration: TrainingConfiguration, rateFactor: Float
  ) {
    self.network = network
    self.rows = rows
    self.epoch = epoch
    self.epochs = epochs
    self.configuration = configuration
    self.rateFactor = rateFactor
  }

  /// Trains on every row once, in random order.
  ///
  /// - Returns: the mean of the batches' losses, or nil if cancelled.
  func run(
    _ cancellation: Cancellation, _ report: (TrainingEvent) -> Void
  ) throws -> Double? {
    let start = ContinuousClock.now
    var lastReport = start
    var lastWait = start
    let loader = network.batches(
      of: rows, order: .shuffled(seed: configuration.seed, epoch: epoch))
    try network.resetLoss()
    while let batch = loader.next() {
      if cancellation.isCancelled { return nil }
      try onDevice { try network.train(batch, rateFactor: rateFactor) }
      steps += 1
      pending += 1
      queued += 1
      timing.samples += batch.rows
      timing.loaderWait = loader.waited

      let isCollecting = pending == Self.collectionInterval || steps == loader.count
      if isCollecting {
        try onDevice { try collect() }
      } else if queued >= queueLimit {
        try onDevice { try network.backend.finish() }
      } else {
        continue
      }
      let now = ContinuousClock.now
      adaptQueueLimit((now - lastWait).seconds)
      lastWait = now
      timing.training = now - start
      guard recentLoss.isFinite else { return recentLoss }
      if now - lastReport >= Self.reportInterval {
        if pending > 0 { recentLoss = try network.losses().sum / Double(pending) }
        lastReport = now
        report(.progress(progress))
      }
    }
    return collected / Double(max(steps, 1))
  }

  /// Takes the losses since the last time.
  private func collect() throws {
    let sum = try network.losses().sum
    try network.resetLoss()
    collected += sum
    recentLoss = sum / Double(pending)
    pending = 0
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
