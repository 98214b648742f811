import Cluster
import Data
import Features
import Models
import Operators
import Support

/// One training run: epochs of shuffled batches, each followed by validation; a learning rate that
/// drops where validation does not improve, an early end, and the best epoch's weights.
///
/// The same seed, data, configuration and device give the same model, bit for bit.
package final class Trainer<B: Backend> {
  /// The configuration in force, with what was chosen automatically.
  package let configuration: TrainingConfiguration
  /// What the log decided of it, in a line; nil for nothing.
  private let choice: String?
  /// The rows.
  package let data: TrainingData
  /// The rows that are trained on: those of ``data``, or a sample of them.
  let training: Dataset
  /// The model that training goes on from; nil where it begins.
  private let start: TrainedModel?

  package let network: Network<B>
  /// Vectors that tables start with.
  private let vectors: [FieldVectors]
  /// What computes the gradients where batches are cut into pieces; nil where the network does.
  private let pieces: PieceNetwork<B>?
  /// The rows that the device keeps.
  private(set) var kept: (training: KeptRows?, validation: KeptRows?) = (nil, nil)
  /// What trains together.
  let ranks: any Communicator
  /// What the host had left before there were any tables, in bytes.
  let available: Int?
  var plateau: Plateau
  var standing: Standing
  var best: (epoch: Int, snapshot: Snapshot<B.Scalar>, recalibration: Float?)?
  /// The average of the last epochs' weights, which is what is validated and kept; nil for none.
  var average: WeightAverage<B.Scalar>?
  /// What the last validation asked of the odds; nil for nothing.
  var recalibration: Float?
  var history: [EpochRecord] = []
  var timings: [EpochTiming] = []
  /// The pre-training that came before.
  var pretraining: (record: Pretraining, cost: TrainingRun.PretrainingCost)?
  /// How far the epoch was that an interrupted run was in.
  var interrupted: (epoch: Int, pass: EpochPlace)?
  /// When the run began, and how long an interrupted one had taken.
  var clock = ContinuousClock.now
  var elapsedBefore = Duration.zero
  /// Whether another training begins with what comes out.
  var isPretraining = false
  /// A hash of the rows, where checkpoints are kept.
  private(set) lazy var rowsHash = hashOfRows
  private var writer: CheckpointWriter?

  /// Plans and makes all memory.
  ///
  /// - Parameters:
  ///   - data: encoded by the encoder of `start`, if there is one.
  ///   - configuration: the model and its recipe.
  ///   - backend: what to train on.
  ///   - start: a model of the same kind and sizes to go on from, with its optimizers' state as far as
  ///     it has one. Its weights count as the first that there are: they are kept if no epoch is better.
  ///   - ranks: what trains together, each on the same rows with the same configuration, which has at least as
  ///     many ``TrainingConfiguration/virtualRanks``.
  /// - Throws: `ModelError` for an unknown model, ``TrainingError`` for rows that cannot be trained
  ///   on, `MemoryPlanError` where the network does not fit, or the backend's own error.
  package init(
    _ data: TrainingData, configuration: TrainingConfiguration, backend: B,
    from start: TrainedModel? = nil, ranks: any Communicator = Alone()
  ) throws {
    guard data.training.rows > 0 else { throw TrainingError.noRows }
    guard data.training.isLabelled else { throw TrainingError.noLabels("training") }
    guard data.validation?.isLabelled ?? true else { throw TrainingError.noLabels("validation") }
    guard data.training.hasWeight else { throw TrainingError.noWeight("training") }
    guard data.validation?.hasWeight ?? true else { throw TrainingError.noWeight("validation") }
    guard !configuration.recalibrates || data.validation?.rows ?? 0 > 0 else {
      throw UserError(
        "recalibrate", found: "no validation rows", expected: "some, to count clicks in",
        remedy: "hold rows out (valid_fraction, --valid), or leave it out")
    }
    try configuration.checkTablePrecision()
    var configuration = configuration
    // A model to go on from has its vectors.
    if start == nil { try configuration.settle(fieldsOf: data.encoder) }
    vectors = start == nil ? try Self.vectors(configuration, data.encoder) : []
    training = NegativeSampling.sample(
      data.training, rate: configuration.negativeRate, seed: configuration.seed)
    guard training.rows > 0 else { throw TrainingError.noRows }
    let log = LogFacts(training, data.encoder)
    choice = configuration.choice(for: log, layout: data.encoder.layout)
    configuration = configuration.chosen(for: log)
    let batchSize = configuration.batchSize(forRows: training.rows)
    configuration.batchSize = batchSize
    // Written down with the run, so that it can be repeated should what is usual change.
    let wideRate = configuration.wideLearningRate
    configuration.learningRate = configuration.effectiveLearningRate
    if wideRate != configuration.wideLearningRate { configuration.wide.learningRate = wideRate }
    self.configuration = configuration
    self.data = data
    self.start = start
    plateau = configuration.plateau
    standing = Standing(
      configuration.monitor, clicks: data.validation?.clicks ?? 0,
      rows: data.validation?.rows ?? 0)

    let (graph, logits) = try configuration.graph(layout: data.encoder.layout)
    try start.map { try Self.check($0, against: graph, configuration, data) }
    let steps = (training.rows + batchSize - 1) / batchSize
    let recipe = configuration.recipe(stepsPerEpoch: steps)
    if configuration.averagingEpochs > 0 {
      average = WeightAverage(over: configuration.averagingEpochs, stepsPerEpoch: steps)
    }
    self.ranks = ranks
    available = Launch.availableMemory
    pieces = try configuration.pieceNetwork(
      layout: data.encoder.layout, rows: training.rows, recipe: recipe, on: backend, ranks)
    let network =
      try pieces?.network
      ?? Network(
        graph: graph, logits: logits, backend: backend, capacity: batchSize, recipe: recipe,
        seed: configuration.seed, frequentIDs: training.frequentIDs(most:))
    self.network = network
    var plan = pieces?.memory ?? network.memory
    kept.training = try network.keep(training, beside: plan)
    plan.add(kept.training, "training rows")
    if kept.training != nil, let validation = data.validation {
      kept.validation = try network.keep(validation, beside: plan, isNeeded: false)
      plan.add(kept.validation, "validation rows")
    }
    self.plan = plan
  }

  /// Whether training goes on from a model.
  var isResumed: Bool { start != nil }

  /// All memory there is to it.
  package let plan: MemoryPlan
  /// What makes the steps.
  var learner: any Learner { pieces ?? network }
  /// Whether epochs are judged.
  var isValidated: Bool { data.validation?.rows ?? 0 > 0 }
  /// The batches of an epoch.
  var stepsPerEpoch: Int { (training.rows + network.capacity - 1) / network.capacity }

  /// Trains. To be called once.
  ///
  /// - Parameters:
  ///   - cancellation: ends training after the step under way; what was best so far is kept.
  ///   - checkpoints: when checkpoints are kept; nil for never.
  ///   - checkpoint: the one to go on from; nil to begin.
  ///   - report: called on this thread.
  /// - Throws: ``TrainingError/diverged(epoch:rate:)``, ``TrainingError/otherCheckpoint(_:)``, or the backend's
  ///   own error.
  package func run(
    cancellation: Cancellation = Cancellation(), checkpoints: CheckpointPolicy? = nil,
    from checkpoint: Checkpoint? = nil, report: (TrainingEvent) -> Void = { _ in }
  ) throws -> TrainingRun {
    precondition(network.step == 0, "a trainer runs once")
    try checkRoom(keepsCheckpoints: checkpoints != nil || checkpoint != nil)
    if checkpoints != nil || checkpoint != nil { try checkKeepsNumbers() }
    clock = .now
    report(.started(summary))
    for doubt in doubtsAboutSettings { report(.doubted(doubt)) }
    if let note = noteOfSizes { report(.noted(note)) }
    let own = checkpoint.flatMap { $0.isPretraining ? nil : $0 }
    try own.map(check)
    let first =
      try own == nil
      ? pretrain(cancellation, checkpoints: checkpoints, from: checkpoint, report) : nil
    let warmUpStart = ContinuousClock.now
    try warmUp()
    if first == nil, own == nil { try takeVectors(vectors, report) }
    if let first {
      // It began with the vectors.
      try network.adopt(first.values)
      pretraining = (first.record, first.cost)
    }
    report(.warmedUp(ContinuousClock.now - warmUpStart))
    try own.map { try takeUp($0, report) } ?? resume(report)
    writer = first?.isCut ?? false ? nil : checkpoints.map(CheckpointWriter.init)
    defer { writer?.finish(report) }
    let reason = try runEpochs(cancellation, report)
    report(.stopped(reason, bestEpoch: best?.epoch))
    let model = try result()
    if configuration.recalibrates { report(recalibrated(model)) }
    if let doubt = doubt(about: model) { report(.doubted(doubt)) }
    return TrainingRun(
      model: model, reason: reason, timings: timings, duration: elapsed,
      pretraining: pretraining?.cost, parameters: summary.parameters, backend: backend,
      traffic: pieces?.traffic)
  }

  /// The best model, or the last where no epoch was validated.
  private func result() throws -> TrainedModel {
    if best == nil { _ = try takeAverage() }
    return try model(
      of: best?.snapshot ?? network.snapshot(isLast: true), bestEpoch: best?.epoch,
      recalibration: best?.recalibration)
  }

  /// From the start, with what an interrupted run had taken.
  var elapsed: Duration { elapsedBefore + (ContinuousClock.now - clock) }

  /// The model that the numbers of a network are, with all that is known of it. Where ranks share the rows of tables, all
  /// of them take part, and the model of others than the first lacks these, unless another training begins with them.
  func model(
    of snapshot: Snapshot<B.Scalar>, bestEpoch: Int?, recalibration: Float? = nil
  ) throws -> TrainedModel {
    let snapshot = try network.joined(snapshot, isForAll: isPretraining)
    var model = TrainedModel(
      encoder: data.encoder, configuration: configuration, step: snapshot.step,
      bestEpoch: bestEpoch, history: (start?.history ?? []) + history,
      pretraining: pretraining?.record ?? start?.pretraining,
      tensors: TrainedModel.tensors(of: snapshot, network.graph))
    model.recalibration = recalibration
    return model
  }

  private func warmUp() throws {
    let rows = min(network.capacity, training.rows)
    let batch = training.batch(of: 0..<rows)
    try pieces.map { try $0.warmUp(batch) } ?? network.warmUp(batch)
  }

  /// Goes on from a model, if there is one: its weights are the first candidate for the best.
  private func resume(_ report: (TrainingEvent) -> Void) throws {
    guard let start else { return }
    try resume(start)
    let validation = try validate()
    if let validation {
      _ = judge(validation, report)
      best = (start.bestEpoch ?? epochsBefore, try network.snapshot(), recalibration)
    }
    report(.resumed(epochs: epochsBefore, validation))
  }

  /// The epochs behind the model that training goes on from.
  private var epochsBefore: Int { start?.history.last?.epoch ?? 0 }

  private func runEpochs(
    _ cancellation: Cancellation, _ report: (TrainingEvent) -> Void
  ) throws -> StopReason {
    let last = epochsBefore + configuration.epochs
    let keepsCheckpoints = try learner.agree(toSave: writer != nil)
    for epoch in (interrupted?.epoch ?? epochsBefore + 1)...last {
      let rate = (configuration.learningRate ?? 0) * plateau.rateFactor
      let pass = EpochPass(
        network: network, learner: learner, rows: training, kept: kept.training,
        epoch: epoch, epochs: last, configuration: configuration,
        rateFactor: plateau.rateFactor, from: interrupted?.pass)
      interrupted = nil
      let loss = try pass.run(cancellation, report) { isLast, place in
        writer?.tell(report)
        if !isLast { try self.average(afterStep: pass.steps) }
        guard keepsCheckpoints,
          try learner.agree(toSave: writer.map { $0.isDue || isLast } ?? false)
        else { return }
        let made = try self.checkpoint(epoch: epoch, place())
        writer?.write(made)
      }
      guard let loss else { return .cancelled }
      let clock = ContinuousClock.now
      let own = try loss.isFinite && isValidated ? takeAverage() : nil
      let validation = try loss.isFinite ? validate() : nil
      pass.timing.validation = ContinuousClock.now - clock
      guard loss.isFinite, validation?.logLoss.isFinite ?? true else {
        guard best != nil else {
          throw loss.isFinite
            ? TrainingError.validationNotANumber(epoch: epoch)
            : TrainingError.diverged(epoch: epoch, rate: rate)
        }
        return loss.isFinite ? .validationNotANumber : .diverged
      }

      let factor = plateau.rateFactor
      let standing = validation.map { judge($0, report) }
      let verdict = standing.map { plateau.record(progress: $0.isProgress) }
      let isBest = standing?.isBest ?? false
      history.append(
        EpochRecord(
          epoch: epoch, trainingLoss: loss, validation: validation, learningRate: rate,
          improved: isBest))
      timings.append(pass.timing)
      if isBest {
        best = (
          epoch, try network.snapshot(isLast: epoch == last && own == nil), recalibration
        )
      }
      try own.map { try network.restore($0) }
      report(.epochFinished(history[history.count - 1], pass.timing))
      if verdict == .exhausted { return .noImprovement(epochs: plateau.failures) }
      if plateau.rateFactor < factor {
        if configuration.returnsToBest, !isBest {
          try best.map { try network.restore($0.snapshot) }
          average?.restart()
        }
        report(.rateDropped(to: (configuration.learningRate ?? 0) * plateau.rateFactor))
      }
    }
    return .allEpochs
  }

  /// What it runs on.
  private var backend: String {
    network.backend.description + (ranks.count > 1 ? ", \(ranks.description)" : "")
  }

  private var summary: TrainingStart {
    TrainingStart(
      configuration: configuration, choice: choice, backend: backend,
      trainingRows: training.rows, validationRows: data.validation?.rows ?? 0,
      features: data.encoder.layout.features, fields: data.encoder.layout.fields,
      parameters: network.graph.parameters.reduce(0) { $0 + ($1.isTrained ? $1.count : 0) },
      plan: plan)
  }
}

/// What came out of a run.
package struct TrainingRun: Sendable {
  /// The best epoch's model; the last weights where no epoch was validated.
  package let model: TrainedModel
  /// Why it ended.
  package let reason: StopReason
  /// Where each epoch's time went.
  package let timings: [EpochTiming]
  /// From the start to the end, with pre-training and warm-up.
  package let duration: Duration
  /// What pre-training cost; nil where there was none.
  package let pretraining: PretrainingCost?
  /// How many numbers were trained.
  package let parameters: Int
  /// What it ran on.
  package let backend: String
  /// What this rank has sent; nil where batches were not cut into pieces.
  package let traffic: StepTraffic?

  /// Samples trained a second of training, over all epochs.
  package var samplesPerSecond: Double {
    let seconds = timings.reduce(0) { $0 + $1.training.seconds }
    return seconds > 0 ? Double(timings.reduce(0) { $0 + $1.samples }) / seconds : 0
  }
}
