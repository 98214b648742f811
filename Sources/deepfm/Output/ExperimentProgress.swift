import DeepFMKit
import Experiment
import Support

/// Prints an experiment's events to standard error: a line a run, and on a terminal its epochs.
final class ExperimentProgress {
  private let console: Console
  private let start = ContinuousClock.now
  private var made = 0
  private var doubts: Set<String> = []

  init(_ console: Console) {
    self.console = console
  }

  func show(_ event: ExperimentEvent) {
    switch event {
    case .found(let run, let number, let count):
      console.say("\(place(number, count)) \(name(run.request)): there already\(outcome(run))")
    case .started(let request, let number, let count):
      console.progress("\(place(number, count)) \(name(request)) …")
    case .training(let request, let event): show(event, of: request)
    case .finished(let run, let number, let count):
      made += 1
      let each = (ContinuousClock.now - start).seconds / Double(made)
      let left =
        count > number ? "; about \(duration(each * Double(count - number))) left" : ""
      console.say(
        "\(place(number, count)) \(name(run.request)): \(run.summary.epochs) epochs in "
          + "\(duration(run.summary.seconds))\(outcome(run))\(left)")
    case .failed(let request, let reason):
      console.say("\(name(request)) failed: \(reason)")
    }
  }

  private func show(_ event: TrainingEvent, of request: RunRequest) {
    switch event {
    case .progress(let progress):
      let share = 100 * progress.samples / max(progress.samplesTotal, 1)
      console.progress(
        "\(name(request)): epoch \(progress.epoch)  \(share) %  loss \(fixed(progress.loss, 5))  "
          + "\(rate(progress.timing.samplesPerSecond)) samples/s")
    case .pretraining(let event): show(event, of: request)
    // Each seed's settings are the same.
    case .doubted(let text):
      let isNew = doubts.insert("\(request.variant.name): \(text)").inserted
      if isNew { console.say("note: \(request.variant.name): \(text)") }
    case .noted(let text):
      if doubts.insert(text).inserted { console.say(text) }
    default: break
    }
  }

  private func place(_ number: Int, _ count: Int) -> String { "[\(number)/\(count)]" }

  private func name(_ request: RunRequest) -> String {
    "\(request.variant.name), seed \(request.seed) on \(request.device)"
  }

  private func outcome(_ run: FinishedRun) -> String {
    guard let found = run.summary.test ?? run.summary.validation else { return "" }
    let rows = run.summary.test == nil ? "validation" : "test"
    return "; \(rows) AUC \(fixed(found.auc, 5)), LogLoss \(fixed(found.logLoss, 5))"
  }
}
