import Data
import Datasets
import Features
import Logs
import Operators
import Support
import Training

/// What `deepfm days` is asked for.
package struct DayPlan: Sendable {
  package var strategies = DayStrategy.allCases
  /// How many days the first model, which all strategies begin with, is trained on.
  package var firstDays = 1
  /// The days of ``DayStrategy/window``.
  package var windowDays = 1
  /// The most epochs of a training that goes on, its learning rate (nil for the usual one), and how many days it is
  /// over, the new one and those before: days seen again keep a model from forgetting them.
  package var updateEpochs = 1
  package var updateRate: Float?
  package var updateDays = 1
  package var admission = Admission()
  package var newRowStart = NewRowStart.initial

  package init() {}
}

/// What it tells while it goes.
package enum DayEvent {
  case started(DayStrategy?, day: Int)
  /// Going on behind so many judged days of all ways together.
  case takenUp(judged: Int)
  case training(TrainingEvent)
  case grown(EncoderGrowth)
  case judged(DayResult.Row)
}

/// A model under way, and what is known of its ids from day to day.
struct DayState: Sendable {
  var model: TrainedModel
  var ledger: ValueLedger
}

/// Trains day by day in several ways, and judges each model on the day behind those that it has seen.
package struct DayRunner<B: Backend> {
  private let logs: DayLogs
  private let plan: DayPlan
  private let configuration: TrainingConfiguration
  private let backend: B
  private let vocabularyMemory: Int

  package init(
    _ logs: DayLogs, plan: DayPlan, configuration: TrainingConfiguration, backend: B,
    vocabularyMemory: Int = FeatureEncoder.defaultVocabularyMemory
  ) {
    precondition(plan.firstDays >= 1 && plan.firstDays < logs.days.count)
    (self.logs, self.plan, self.configuration) = (logs, plan, configuration)
    (self.backend, self.vocabularyMemory) = (backend, vocabularyMemory)
  }

  /// Trains and judges.
  ///
  /// - Parameters:
  ///   - result: filled row by row; a day that was not finished, since it was cancelled, is taken out again.
  ///   - start: what was kept of the same run, to go on from there; nil to begin.
  ///   - folder: where progress is kept after each judged day of each way; nil for nowhere.
  ///   - approve: called with what the first model is, or is to be, before anything is trained.
  /// - Throws: `UserError` where what was kept is damaged or of another run, and as trainings and logs do.
  package func run(
    into result: inout DayResult, from start: DayFolder? = nil, keepingIn folder: DayFolder? = nil,
    cancellation: Cancellation, approve: (TrainingConfiguration, FeatureEncoder) throws -> Void,
    report: (DayEvent) -> Void
  ) throws {
    var states: [DayStrategy?: DayState]
    if let start {
      (result, states) = try start.read(settings)
      if let first = states[nil]?.model { try approve(first.configuration, first.encoder) }
      // What goes on is kept in the new place from the start.
      if let folder, folder.path != start.path { try folder.take(from: start) }
      report(.takenUp(judged: result.rows.count))
    } else {
      guard
        let first = try trainFirst(
          &result, cancellation: cancellation, approve: approve, report: report)
      else { return }
      states = [nil: first]
      try folder?.keep(result, settings, changed: (nil, first))
    }
    // The last day is only judged on. The first model's day is the same for all.
    for day in plan.firstDays..<logs.days.count - 1 {
      for strategy in plan.strategies
      where !result.rows.contains(where: { $0.day == day && $0.strategy == strategy }) {
        guard var state = states[strategy] ?? states[nil] else { continue }
        report(.started(strategy, day: day))
        let row = try advance(&state, strategy, day, cancellation, report)
        guard let row else {
          // A day counts for all ways or for none: averages are to be over the same days.
          result.rows.removeAll { $0.day == day }
          return
        }
        result.rows.append(row)
        // The others begin anew or stay as they are.
        if strategy.goesOn { states[strategy] = state }
        try folder?.keep(result, settings, changed: strategy.goesOn ? (strategy, state) : nil)
        report(.judged(row))
      }
    }
  }

  /// Trains the model that all ways begin with; nil if cancelled.
  private func trainFirst(
    _ result: inout DayResult, cancellation: Cancellation,
    approve: (TrainingConfiguration, FeatureEncoder) throws -> Void, report: (DayEvent) -> Void
  ) throws -> DayState? {
    report(.started(nil, day: plan.firstDays - 1))
    let clock = ContinuousClock.now
    let data = try rows(0..<plan.firstDays, configuration)
    try approve(configuration.chosen(for: LogFacts(data.training, data.encoder)), data.encoder)
    let first = try Trainer(data, configuration: configuration, backend: backend)
      .run(cancellation: cancellation) { report(.training($0)) }
    guard !cancellation.isCancelled else { return nil }
    result.firstSeconds = (ContinuousClock.now - clock).seconds
    result.firstFeatures = data.encoder.features
    return DayState(model: first.model, ledger: ValueLedger(data.encoder))
  }

  /// All that decides the results, by name.
  private var settings: [String: String] {
    var all = configuration.texts
    all["device"] = backend.description
    all["days"] = logs.days.map { "\($0.name) (\($0.extent))" }.joined(separator: ", ")
    all["ways"] = plan.strategies.map(\.rawValue).joined(separator: " ")
    (all["first days"], all["window"]) = ("\(plan.firstDays)", "\(plan.windowDays)")
    all["update epochs"] = "\(plan.updateEpochs)"
    all["update rate"] = plan.updateRate.map { "\($0)" } ?? "the usual one"
    all["update days"] = "\(plan.updateDays)"
    all["expiry"] = plan.admission.expireAfter.map { "after \($0)" } ?? "never"
    all["new ids start"] = plan.newRowStart.rawValue
    return all
  }

  /// Brings a model up to a day and judges it on the next one; nil if cancelled.
  private func advance(
    _ state: inout DayState, _ strategy: DayStrategy, _ day: Int, _ cancellation: Cancellation,
    _ report: (DayEvent) -> Void
  ) throws -> DayResult.Row? {
    let clock = ContinuousClock.now
    var (data, growth): (TrainingData?, EncoderGrowth?)
    var settings = configuration
    var start: TrainedModel?
    switch strategy {
    case .once: break
    case .full: data = try rows(0..<day + 1, settings)
    case .window: data = try rows(max(day + 1 - plan.windowDays, 0)..<day + 1, settings)
    case .warm, .warmNewIDs:
      settings = state.model.configuration
      settings.epochs = plan.updateEpochs
      // By the day's rows, where nobody has set it: batches of the first days' size would make a handful of steps.
      settings.batchSize = configuration.batchSize
      if let rate = plan.updateRate { settings.learningRate = rate }
      start = state.model
      data = try rows(
        day..<day + 1, settings, encoder: state.model.encoder,
        growing: strategy == .warm ? nil : .init(state.ledger, by: plan.admission))
      growth = data?.growth
      if let growth {
        report(.grown(growth))
        start = try state.model.grown(growth, from: plan.newRowStart)
        state.ledger = growth.ledger
      }
      if plan.updateDays > 1 {
        // Ids were counted on the new day alone: the others had theirs.
        data = try rows(
          max(day + 1 - plan.updateDays, 0)..<day + 1, settings,
          encoder: growth?.encoder ?? state.model.encoder)
      }
    }
    var run: TrainingRun?
    if let data {
      run = try Trainer(data, configuration: settings, backend: backend, from: start)
        .run(cancellation: cancellation) { report(.training($0)) }
      guard !cancellation.isCancelled else { return nil }
    }
    let seconds = data == nil ? 0 : (ContinuousClock.now - clock).seconds
    state.model = run?.model ?? state.model
    let encoder = state.model.encoder
    let next = try judged(day + 1, by: encoder)
    let (values, unknown) = next.statistics.reduce(into: (0, 0)) { sums, field in
      sums.0 += next.rows - field.missing
      sums.1 += field.unknown
    }
    return DayResult.Row(
      strategy: strategy, day: day,
      evaluation: try Predictor(state.model, on: backend).evaluate(next),
      trainingRows: data?.training.rows ?? 0, epochs: run?.timings.count ?? 0, seconds: seconds,
      trainingSeconds: run?.timings.reduce(0) { $0 + $1.training.seconds } ?? 0,
      features: encoder.features, admitted: growth?.admitted ?? 0, expired: growth?.expired ?? 0,
      meanAge: strategy == .warmNewIDs ? state.ledger.meanAge(of: encoder) : nil,
      unknownShare: values > 0 ? Double(unknown) / Double(values) : 0)
  }

  /// The rows of some days to train on, some of them held out.
  private func rows(
    _ days: Range<Int>, _ configuration: TrainingConfiguration, encoder: FeatureEncoder? = nil,
    growing: EncodedLogs.Growing? = nil
  ) throws -> TrainingData {
    let (sources, within) = logs.logs(of: days)
    var split = try Self.split(
      holdingOut: Double(configuration.validFraction), seed: configuration.seed)
    split.within = within
    return try TrainingData(
      training: sources, schema: logs.schema, split: split, encoder: encoder, growing: growing,
      configuration: configuration, vocabularyMemory: vocabularyMemory)
  }

  /// The rows of a day to be judged on.
  private func judged(_ day: Int, by encoder: FeatureEncoder) throws -> Dataset {
    let (sources, within) = logs.logs(of: day..<day + 1)
    var split = try Self.split(holdingOut: 0, seed: 0)
    split.within = within
    return try EncodedLogs(sources, split: split, encoder: encoder).rows(.train)
  }

  private static func split(holdingOut share: Double, seed: UInt64) throws -> DataSplit {
    share > 0
      ? try .holdingOut(share, seed: seed) : try DataSplit(.random, sizes: [.share(1)], seed: seed)
  }
}
