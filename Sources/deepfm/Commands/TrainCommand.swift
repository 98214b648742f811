import ArgumentParser
import Cluster
import DeepFMKit
import Diagnostics
import Experiment
import Foundation
import Reports
import Support
import Tracking

struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Trains a model on a log and saves it to a run folder.",
    discussion: """
        deepfm train --train log.csv --model deepfm-d --out runs/first
        deepfm train --train log.csv --config settings.yaml --dropout 0.2 --out runs/second

      The run folder holds the best epoch's model with its encoder, the settings in force, the figures \
      of each epoch, report.html, and events for TensorBoard (tensorboard --logdir runs). Ctrl-C ends the training with the best model so far.
      """)

  @OptionGroup var data: DataOptions
  @OptionGroup var device: DeviceOptions
  @OptionGroup var trust: TrustOptions

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp("A log to judge the trained model by.", valueName: "file"),
    completion: .file())
  var test: [String] = []

  @Option(
    help: ArgumentHelp(
      "A run folder or model file to go on from, with its encoder, settings and optimizer state.",
      valueName: "model"), completion: .file())
  var from: String?

  @OptionGroup var newIDs: NewIDOptions

  @OptionGroup var runFolder: RunFolderOptions

  @OptionGroup var checkpoints: CheckpointOptions

  @Flag(help: "Print the memory of each table and buffer before training.")
  var memory = false

  @Flag(
    help: ArgumentHelp(
      "Print where a step's time goes before training, and keep its trace in the run folder.",
      discussion: "Some steps are made for it on a copy of the model. trace.json opens in "
        + "ui.perfetto.dev and chrome://tracing."))
  var profile = false

  @Flag(
    help: ArgumentHelp(
      "Show how the numbers of each parameter are spread in the run's TensorBoard events."))
  var histograms = false

  @OptionGroup var settings: ConfigurationOptions

  func run() throws {
    try checkApart(
      [runFolder.out] + data.rejection.results,
      from: [settings.config, from.map(modelFile)].compactMap(\.self))
    let start = try from.map { try TrainedModel(contentsOf: modelFile($0)) }
    guard !newIDs.newIds || data.data == nil else {
      throw ValidationError(
        "--new-ids reads the day's log: name it with --train in place of --data")
    }
    if start != nil, data.schema.schema != nil {
      throw ValidationError("--from has a schema of its own: leave out --schema")
    }
    let ranks = try Ranks.join()
    var configuration = try settings.configuration(over: start?.configuration)
    configuration.cutBatches(for: ranks)
    let backend = try device.backend()
    try train(configuration, from: start, on: backend, ranks)
    try Ranks.leave()
    if let code = Interrupt.exitCode { throw code }
  }

  private func train(
    _ configuration: TrainingConfiguration, from start: TrainedModel?, on backend: some Backend,
    _ ranks: any Communicator
  ) throws {
    let console = Console()
    // An earlier run is not lost by mistake, nor a long one for want of a place. What other ranks than the first
    // tell goes to a place that nobody sees.
    let place = try RunPlace(
      ranks.isFirst
        ? runFolder.out : "\(TemporaryFolder.path)/deepfm-rank-\(ranks.rank)-\(getpid())",
      overwrites: runFolder.overwrite, resumes: checkpoints.resume)
    var isSaved = false
    defer { if !isSaved { place.discard() } }
    let interrupted = try checkpoints.start(
      in: try ranks.sharing(place.interrupted), place, console)
    let policy = data.rejection.policy
    let rejected = try RejectedRows(ranks.isFirst ? policy : policy.silent)
    let rows = try data.load(
      configuration, encoder: start?.encoder,
      growing: newIDs.growing(start, at: from.map(modelFile)), test: test, settings: settings.flags,
      beside: runFolder.out,
      console, rejecting: rejected)
    try finish(rejected, console)

    let chosen = configuration.chosen(for: LogFacts(rows.training, rows.encoder))
    try trust.check(
      backend, named: device.device, device.gemm, for: .training, chosen, of: rows.encoder,
      console)
    let before = try start.flatMap { try score(rows.growth, by: $0, on: backend, console) }
    let grown = try rows.growth.flatMap {
      try start?.grown($0, from: newIDs.newIdsStart ?? .initial)
    }
    let profile = try profile ? self.profile(rows.training, chosen, console) : nil
    let trainer = try Trainer(
      rows, configuration: configuration, backend: backend, from: grown ?? start, ranks: ranks)
    if memory { console.say(planTable(trainer.plan).description) }
    let cancellation = Cancellation()
    var report = TrainingReport(console)
    let tracker = try RunTracker(in: place.folder, from: interrupted?.attachment)
    let kept = ranks.isFirst ? checkpoints.policy(place) { tracker.state } : nil
    let result = try withInterrupt(cancellation) {
      try trainer.run(cancellation: cancellation, checkpoints: kept, from: interrupted) {
        report.show($0)
        tracker.add($0)
      }
    }
    guard ranks.isFirst else { return }
    if let code = Interrupt.exitCode, result.timings.isEmpty {
      let kept = place.checkpoints.isThere ? "the checkpoint: go on with --resume" : "nothing"
      console.say("no epoch was finished: what is saved is \(kept)")
      throw code
    }

    let judged = try rows.test.map { try Predictor(result.model, on: backend).judge($0) }
    let tested = judged?.evaluation
    tracker.finish(result.model, test: tested, histograms: histograms)
    if let failure = tracker.failure {
      console.say("note: the run's events are incomplete: \(failure)")
    }
    // A training that a signal has ended may go on; one that is over needs its checkpoint no more.
    try place.publish(result.model, isOver: Interrupt.exitCode == nil) { folder in
      try RunFolder.write(
        result, before: before, test: tested, curves: judged?.curves, to: folder)
      if let ledger = rows.growth?.ledger { try RunFolder.write(ledger, to: folder) }
      if let trace = try profile?.steps.trace() {
        try AtomicFile.write(trace, to: folder + "/trace.json")
      }
      try ReportFiles.writeRun(folder: folder, command: CommandLine.words)
    }
    isSaved = true

    let evaluations = [
      ("before", before), ("validation", result.model.validation), ("test", tested),
    ]
    print(evaluationTable(evaluations.compactMap { name, found in found.map { (name, $0) } }))
    print(
      "\(rate(result.samplesPerSecond)) samples/s; trained in \(duration(result.duration.seconds)); "
        + "saved to \(runFolder.out)")
    if ranks.count > 1, let traffic = result.traffic { print(trafficText(traffic, ranks)) }
  }

  /// Scores the rows of a further day by the model as it was: the honest measure of how it does from day to day.
  /// Nil where no values are learned.
  private func score(
    _ growth: EncoderGrowth?, by model: TrainedModel, on backend: some Backend, _ console: Console
  ) throws -> Evaluation? {
    guard let growth else { return nil }
    for line in growthLines(growth) { console.say(line) }
    console.progress("scoring the day by the model as it was …")
    let (before, _) = try Predictor(model, on: backend).evaluate(
      LogSource.named(data.train), rejecting: RejectedRows(data.rejection.policy.silent))
    console.clear()
    console.say(
      "the day by the model as it was: AUC \(fixed(before.auc, 5)), LogLoss \(fixed(before.logLoss, 5)), "
        + "calibration \(fixed(before.calibration, 4))")
    return before
  }

  private func profile(
    _ rows: Dataset, _ configuration: TrainingConfiguration, _ console: Console
  ) throws -> TrainingProfile {
    console.progress("measuring where a step's time goes …")
    let profile = try TrainingProfile.run(
      on: device.openCL(profiling: true), rows, configuration: configuration)
    console.clear()
    console.say(profileText(profile))
    return profile
  }

  private func planTable(_ plan: MemoryPlan) -> TextTable {
    var table = TextTable("buffer", "for", "memory")
    for entry in plan.entries { table.add(entry.label, entry.use.rawValue, bytes(entry.bytes)) }
    table.add("all", "", bytes(plan.total))
    return table
  }
}
