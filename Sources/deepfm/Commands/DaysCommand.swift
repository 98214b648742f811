import ArgumentParser
import DeepFMKit
import Experiment
import Foundation
import Reports
import Support

struct DaysCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "days",
    abstract: "Trains day by day in several ways, and judges each by the day behind.",
    discussion: """
      After each day a model predicts the next one, which it has not seen: that tells what daily \
      training is worth, and what it costs. All ways begin with one model of the first days. Then full \
      trains anew on all days so far and window on the last ones; warm goes on from the day before with \
      the ids it knows, warm-new-ids gives new ids rows of their own (as deepfm train --from --new-ids \
      does); once never trains again. days.json, report.html and report.md are written into --out.

        deepfm days --train log.csv --time time --out runs/days
        deepfm days --train 'logs/2026-11-*.csv.gz' --first-days 7 --expire-after 14 --out runs/days
      """)

  @OptionGroup var days: DaysOptions
  @OptionGroup var rejection: RejectionOptions
  @OptionGroup var vocabulary: VocabularyOptions
  @OptionGroup var device: DeviceOptions
  @OptionGroup var trust: TrustOptions

  @Option(
    help: ArgumentHelp("The folder to make; it must not be there yet.", valueName: "folder"),
    completion: .directory)
  var out: String

  @Flag(help: "Replace the folder if it holds days.")
  var overwrite = false

  @Flag(help: "Go on where the same command was killed or stopped: to the same models.")
  var resume = false

  @OptionGroup var settings: ConfigurationOptions

  func run() throws {
    try run(settings.configuration(), on: device.backend())
  }

  private func run(_ configuration: TrainingConfiguration, on backend: some Backend) throws {
    let console = Console()
    let (place, start) = try place()
    let progress = DayFolder(of: place.path)
    var isWritten = false
    defer { if !isWritten, !progress.isThere { place.discard() } }
    if resume, start == nil {
      console.say("note: there is nothing to go on from: the days begin")
    }
    let logs = try days.logs(rejection, out: out, console)
    for note in logs.notes { console.say("note: \(note)") }
    let chosen = try days.plan(days: logs.days.count)
    var plan = DayPlan()
    (plan.strategies, plan.firstDays, plan.windowDays) = (days.ways, chosen.first, chosen.window)
    (plan.updateEpochs, plan.admission) = (days.updateEpochs, chosen.admission)
    (plan.updateRate, plan.updateDays) = (days.updateLearningRate, days.updateDays)
    plan.newRowStart = days.newIdsStart
    let runner = DayRunner(
      logs, plan: plan, configuration: configuration, backend: backend,
      vocabularyMemory: try vocabulary.memory())
    var result = DayResult(
      command: CommandLine.words, configuration: configuration.yaml,
      backend: backend.description, days: logs.days.map(\.name), firstDays: plan.firstDays,
      windowDays: plan.windowDays, strategies: plan.strategies)
    let names = result.days
    console.say(
      "\(names.count) days from \(names[0]) to \(names[names.count - 1]); the first model sees "
        + "\(plan.firstDays)")
    let cancellation = Cancellation()
    try withInterrupt(cancellation) {
      try runner.run(
        into: &result, from: start, keepingIn: progress, cancellation: cancellation,
        approve: {
          try trust.check(
            backend, named: device.device, device.gemm, for: .training, $0, of: $1, console)
        }, report: { show($0, names, console) })
    }
    guard !result.rows.isEmpty else {
      let kept = progress.isThere ? "the progress: go on with --resume" : "nothing"
      console.say("no day was finished: what is saved is \(kept)")
      throw Interrupt.exitCode ?? ExitCode.failure
    }
    try ReportFiles.write(result, to: place.path)
    try place.takePlace()
    // What a signal has ended may go on; of what is over the progress goes last, so that nothing is lost before.
    if Interrupt.exitCode == nil { DayFolder(of: place.target).remove() }
    isWritten = true
    print(table(result))
    print("report: \(out)/report.html")
    if let code = Interrupt.exitCode { throw code }
  }

  /// Takes the folder before anything is trained.
  ///
  /// - Returns: it, and what to go on from: what a kill has left beside the place, or a signal in it.
  private func place() throws -> (StagedFolder, DayFolder?) {
    let stopped = DayFolder(of: out)
    let isStopped = resume && stopped.isThere
    if FileManager.default.fileExists(atPath: out), !isStopped,
      !overwrite || !DayResult.exists(in: out)
    {
      throw UserError(
        out, found: "something of this name", expected: "a name for a new folder",
        remedy: DayResult.exists(in: out)
          ? "choose another name, or replace it with --overwrite" : "choose another name")
    }
    let place = try StagedFolder(for: out, keepsContents: true)
    let killed = DayFolder(of: place.path)
    if killed.isThere, resume { return (place, killed) }
    guard !killed.isThere || overwrite else {
      throw UserError(
        out, found: "days that were interrupted, in \(place.path)",
        expected: "a command that goes on with them",
        remedy: "add --resume, or begin anew with --overwrite")
    }
    place.removeContents()
    try place.makeFolder("progress")
    return (place, isStopped ? stopped : nil)
  }

  private func show(
    _ event: DayEvent, _ names: [String], _ console: Console
  ) {
    switch event {
    case .started(let strategy, let day):
      let what = strategy.map { "\($0.rawValue) up to \(names[day])" } ?? "the first model"
      console.progress("\(what) …")
    case .takenUp(let judged):
      console.say("going on behind \(judged) judged days of all ways, as if never interrupted")
    case .training(.progress(let progress)):
      console.progress(
        "epoch \(progress.epoch)/\(progress.epochs)  "
          + "\(100 * progress.samples / max(progress.samplesTotal, 1)) %  loss "
          + "\(fixed(progress.loss, 5))  \(rate(progress.timing.samplesPerSecond)) samples/s")
    case .training(.doubted(let text)): console.say("note: \(text)")
    case .training: break
    case .grown(let growth):
      for line in growthLines(growth).dropFirst() { console.say(line) }
    case .judged(let row):
      let ids = row.admitted + row.expired > 0 ? ", +\(row.admitted) −\(row.expired) ids" : ""
      console.say(
        "\(names[row.day + 1]) by \(row.strategy.rawValue): AUC \(fixed(row.evaluation.auc, 5)), LogLoss "
          + "\(fixed(row.evaluation.logLoss, 5)), calibration \(fixed(row.evaluation.calibration, 3)); "
          + "\(duration(row.seconds))\(ids)")
    }
  }

  private func table(_ result: DayResult) -> TextTable {
    var table = TextTable(
      "way", "days", "AUC", "against full", "p", "LogLoss", "calibration", "time", "of full's",
      "features", "unknown")
    for summary in result.summaries {
      let gain = summary.aucGain
      table.add(
        summary.strategy.rawValue, "\(summary.auc?.count ?? 0)", fixed(summary.auc?.mean, 5),
        gain.map { "\(fixed($0.difference.mean, 5)) ± \(fixed($0.difference.deviation, 5))" }
          ?? "–",
        fixed(gain?.p, 4), fixed(summary.logLoss?.mean, 5), fixed(summary.calibration?.mean, 4),
        duration(summary.seconds), summary.costShare.map { percent($0, 1) } ?? "–",
        "\(summary.features)", percent(summary.unknownShare, 2))
    }
    return table
  }
}
