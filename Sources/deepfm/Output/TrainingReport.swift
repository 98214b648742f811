import DeepFMKit
import Support

/// Prints a training run's events to standard error while it goes.
struct TrainingReport {
  let console: Console
  private var epochs = 0
  /// The epochs of the training that waits for a pre-training.
  private var epochsAfter = 0

  init(_ console: Console) {
    self.console = console
  }

  mutating func show(_ event: TrainingEvent) {
    switch event {
    case .started(let start): show(start)
    case .pretraining(let event): show(pretraining: event)
    case .doubted(let text): console.say("note: \(text)")
    case .noted(let text): console.say(text)
    case .warmedUp(let time): show(warmUp: time)
    case .resumed(let before, let validation):
      epochs += before
      console.say(
        "behind \(before) epochs: AUC \(fixed(validation?.auc, 5)), LogLoss "
          + fixed(validation?.logLoss, 5))
    case .progress(let progress): console.progress(line(progress))
    case .epochFinished(let record, let timing): console.say(line(record, timing))
    case .rateDropped(let rate): console.say("learning rate down to \(scientific(Double(rate)))")
    case .monitorReplaced(let monitor, let other, let reason):
      console.say(
        "note: \(monitor.rawValue) of the validation rows is undefined"
          + (reason.map { " (\($0))" } ?? "") + "; \(other.rawValue) decides instead")
    case .checkpoint: break
    case .checkpointFailed(let reason):
      console.say("note: a checkpoint could not be written, the one before stays: \(reason)")
    case .takenUp(let epoch, let step):
      console.say(
        "going on in epoch \(epoch) behind step \(step), as if it had not been interrupted")
    case .recalibrated(let factor):
      console.say("recalibrated by the validation rows: odds times \(fixed(Double(factor), 4))")
    case .stopped(let reason, let best):
      console.say(
        "stopped: \(reason)" + (best.map { "; weights of epoch \($0), the best, restored" } ?? ""))
    }
  }

  private mutating func show(pretraining event: TrainingEvent) {
    if case .started(let start) = event {
      epochsAfter = epochs
      console.say("pre-training: \(start.configuration.model), whose numbers it starts from")
    }
    show(event)
    if case .stopped = event {
      epochs = epochsAfter
      console.say("end of pre-training")
    }
  }

  private mutating func show(_ start: TrainingStart) {
    console.say("\(start.configuration.model) on \(start.backend)")
    if let choice = start.choice { console.say(choice) }
    let plan = start.plan
    let uses = plan.uses.map { "\($0.rawValue) \(bytes(plan.total(of: $0)))" }
    console.say(
      "\(start.parameters) parameters; memory \(bytes(plan.total)): "
        + uses.joined(separator: ", "))
    for line in tableLines(plan) { console.say(line) }
    epochs = start.configuration.epochs
    console.progress("warming up: the device's compiler is at work …")
  }

  private func show(warmUp: Duration) {
    console.say("warmed up in \(duration(warmUp.seconds))")
    console.say(
      "epoch   loss     AUC      LogLoss  seconds  samples/s  loader wait  device")
  }

  private func line(_ record: EpochRecord, _ timing: EpochTiming) -> String {
    let cells = [
      pad("\(record.epoch)/\(epochs)", 6), pad(fixed(record.trainingLoss, 5), 7),
      pad(fixed(record.validation?.auc, 5), 7), pad(fixed(record.validation?.logLoss, 5), 7),
      pad(fixed((timing.training + timing.validation).seconds, 1), 7),
      pad(rate(timing.samplesPerSecond), 9),
      pad(fixed(timing.loaderWait.seconds, 2) + " s", 11),
      pad(fixed(timing.device.seconds, 1) + " s", 6),
    ]
    return cells.joined(separator: "  ") + (record.improved ? "  *" : "")
  }

  private func line(_ progress: TrainingProgress) -> String {
    let share = 100 * progress.samples / max(progress.samplesTotal, 1)
    return "epoch \(progress.epoch)/\(progress.epochs)  \(share) %  loss "
      + "\(fixed(progress.loss, 5))  \(rate(progress.timing.samplesPerSecond)) samples/s  left "
      + "\(duration(progress.epochTimeLeft.seconds)), at most "
      + "\(duration(progress.timeLeftAtMost.seconds)) in all  "
      + "loader wait \(fixed(progress.timing.loaderWait.seconds, 1)) s  "
      + "device \(fixed(progress.timing.device.seconds, 1)) s"
  }
}

/// Where the tables of a network lie, where not each is in one buffer; no lines where each is.
func tableLines(_ plan: MemoryPlan) -> [String] {
  guard let window = plan.tables.first?.window else { return [] }
  return plan.tables.map { "table \($0)" } + [
    "a batch works on at most \(window) rows of each in a window on the device"
  ]
}

/// The text with blanks before it, `width` characters in all.
private func pad(_ text: String, _ width: Int) -> String {
  String(repeating: " ", count: max(0, width - text.count)) + text
}
