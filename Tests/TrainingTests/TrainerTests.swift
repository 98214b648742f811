import DeepFMKit
import Testing

@Suite struct TrainerTests {
  @Test func `models with pairwise terms learn what logistic regression cannot`() throws {
    func auc(_ model: String) throws -> Double {
      var configuration = smallConfiguration(model)
      configuration.epochs = 8
      return try #require(
        trainOnReference(pairwiseLog(rows: 4000), configuration).model.validation?.auc)
    }
    let lr = try auc("lr")
    #expect(lr < 0.6)
    #expect(try auc("fm") > 0.8)
    #expect(try auc("deepfm-d") > 0.8)
  }

  @Test func `the kept weights are those of the best epoch`() throws {
    // Clicks at random: what is memorised of them makes validation worse.
    var configuration = smallConfiguration("deepfm-d")
    configuration.learningRate = 0.1
    configuration.epochs = 12
    configuration.patience = 0
    configuration.learningRateDrop = 1
    configuration.monitor = .logLoss
    let log = pairwiseLog(rows: 600, share: 0.5)
    let run = try trainOnReference(log, configuration)
    let history = run.model.history
    let best = try #require(run.model.bestEpoch)
    let least = history.compactMap { $0.validation?.logLoss }.min()
    #expect(history.count == 12)
    #expect(best < 12)
    #expect(history[best - 1].validation?.logLoss == least)
    #expect(run.model.step == best * 9)

    let data = try TrainingData(training: [log], configuration: configuration)
    let again = try Predictor(run.model, on: ReferenceBackend())
      .evaluate(#require(data.validation))
    // The model keeps single precision, the reference trained in double.
    #expect(abs(again.logLoss - history[best - 1].validation!.logLoss) < 1e-6)
  }

  @Test func `a plateau drops the rate and ends the run`() throws {
    var configuration = smallConfiguration("lr")
    configuration.epochs = 50
    configuration.learningRate = 0.5
    var rates: [Float] = []
    let run = try trainOnReference(pairwiseLog(rows: 500), configuration) {
      if case .rateDropped(let rate) = $0 { rates.append(rate) }
    }
    #expect(run.reason == .noImprovement(epochs: 2))
    #expect(rates.first == 0.05)
    #expect(run.model.history.count < 50)
    #expect(run.model.history.suffix(2).allSatisfy { !$0.improved })
  }

  @Test func `a lower rate goes on from the best epoch where it is asked to`() throws {
    // A rate too high, until nothing is left of it: what follows is the best epoch's model, or the last one's.
    func history(_ returns: Bool) throws -> [EpochRecord] {
      var configuration = smallConfiguration()
      (configuration.epochs, configuration.patience) = (8, 0)
      (configuration.learningRate, configuration.learningRateFloor) = (0.5, 0)
      configuration.learningRateDrop = 1e-30
      configuration.returnsToBest = returns
      return try trainOnReference(pairwiseLog(rows: 600), configuration).model.history
    }
    for returns in [true, false] {
      let epochs = try history(returns)
      let failed = try #require(epochs.firstIndex { !$0.improved })
      let kept = returns ? failed - 1 : failed
      try #require(
        failed + 1 < epochs.count && epochs[failed].validation != epochs[failed - 1].validation)
      #expect(epochs[failed + 1].validation == epochs[kept].validation)
    }
  }

  @Test func `cancellation keeps the best model so far`() throws {
    var configuration = smallConfiguration()
    configuration.epochs = 40
    let log = pairwiseLog(rows: 1000)
    let cancellation = Cancellation()
    let run = try trainOnReference(log, configuration, cancellation: cancellation) {
      if case .epochFinished(let record, _) = $0, record.epoch == 3 { cancellation.cancel() }
    }
    configuration.epochs = 3
    let whole = try trainOnReference(log, configuration)
    #expect(run.reason == .cancelled)
    #expect(run.model.bestEpoch == whole.model.bestEpoch)
    #expect(run.model.tensors == whole.model.tensors)
  }

  @Test func `cancellation before the first epoch keeps the weights there are`() throws {
    let cancellation = Cancellation()
    cancellation.cancel()
    let run = try trainOnReference(
      pairwiseLog(rows: 200), smallConfiguration(), cancellation: cancellation)
    #expect(run.reason == .cancelled)
    #expect(run.model.bestEpoch == nil)
    #expect(run.model.step == 0)
    #expect(run.model.tensors.contains { $0.name == "embedding" || $0.values.contains { $0 != 0 } })
  }

  @Test func `one class in validation falls back to the log loss`() throws {
    let validation = LogSource.rows(
      columns: ["click", "user", "item", "noise"],
      (0..<20).map { ["1", "u\($0)", "i\($0)", "n0"] })
    var replaced: [Monitor] = []
    let run = try trainOnReference(
      pairwiseLog(rows: 500), smallConfiguration(), validation: validation
    ) {
      if case .monitorReplaced(let old, let new, .onlyClicks?) = $0 { replaced += [old, new] }
    }
    #expect(replaced == [.auc, .logLoss])
    #expect(run.model.validation?.auc == nil)
    #expect(run.model.bestEpoch != nil)
  }

  @Test func `without validation the last weights are kept`() throws {
    var configuration = smallConfiguration()
    configuration.validFraction = 0
    let run = try trainOnReference(pairwiseLog(rows: 300), configuration)
    #expect(run.reason == .allEpochs)
    #expect(run.model.bestEpoch == nil)
    #expect(run.model.step == 3 * 5)
    #expect(run.model.history.allSatisfy { $0.validation == nil })
  }

  @Test func `a loss that is no number ends the run`() throws {
    var configuration = smallConfiguration()
    configuration.optimizer = OptimizerName(SGD.self)
    configuration.learningRate = 1e30
    configuration.clipNorm = 0
    #expect(throws: TrainingError.self) {
      try trainOnReference(pairwiseLog(rows: 500), configuration)
    }
  }

  @Test(arguments: OptimizerName.allCases)
  func `every optimizer lowers the training loss`(optimizer: OptimizerName) throws {
    var configuration = smallConfiguration("lr")
    configuration.optimizer = optimizer
    configuration.learningRate = nil
    configuration.epochs = 5
    configuration.patience = 0
    // A log in which the user alone decides.
    let log = LogSource.rows(
      columns: ["click", "user"],
      (0..<800).map { [$0 % 4 == 0 ? "1" : "0", $0 % 4 == 0 ? "fan" : "passer-by"] })
    let history = try trainOnReference(log, configuration).model.history
    #expect(history[4].trainingLoss < history[0].trainingLoss)
  }

  @Test func `a dropped rate leaves the weights of FTRL where they are`() throws {
    var configuration = smallConfiguration("lr")
    configuration.optimizer = OptimizerName(FTRL.self)
    configuration.learningRate = 0.1
    let data = try TrainingData(training: [pairwiseLog(rows: 300)], configuration: configuration)
    let (graph, logits) = try ModelRegistry.model(named: "lr", configuration.sizes)
      .build(layout: data.encoder.layout)
    func weights(factor: Float) throws -> [Double] {
      let network = try Network(
        graph: graph, logits: logits, backend: ReferenceBackend(), capacity: 64,
        recipe: configuration.recipe, seed: 1)
      for batch in BatchLoader(data.training, batchSize: 64) { try network.train(batch) }
      try network.train(data.training.batch(of: 0..<64), rateFactor: factor)
      return try network.snapshot().parameters["wide.weight"] ?? []
    }
    let kept = try weights(factor: 1)
    #expect(try weights(factor: 0.1) == kept)
    #expect(kept.contains { $0 != 0 })
  }

  @Test func `progress counts every sample once`() throws {
    var samples: [Int] = []
    let run = try trainOnReference(pairwiseLog(rows: 700), smallConfiguration()) {
      if case .progress(let progress) = $0 {
        samples.append(progress.samples)
        #expect(progress.samples <= progress.samplesTotal)
      }
    }
    #expect(run.timings.count == 3)
    #expect(Set(run.timings.map(\.samples)).count == 1)
    #expect(run.timings.allSatisfy { $0.device <= $0.training + .milliseconds(1) })
  }

  @Test func `rows without labels are refused`() throws {
    let configuration = smallConfiguration()
    let data = try TrainingData(training: [pairwiseLog(rows: 100)], configuration: configuration)
    let unlabelled = try data.encoder.encode(
      [.rows(columns: ["user", "item", "noise"], [["u1", "i1", "n1"]])], labels: .optional)
    #expect(throws: TrainingError.noLabels("validation")) {
      try Trainer(
        TrainingData(encoder: data.encoder, training: data.training, validation: unlabelled),
        configuration: configuration, backend: ReferenceBackend())
    }
    #expect(throws: TrainingError.noRows) {
      try Trainer(
        TrainingData(
          encoder: data.encoder, training: data.training.selecting([]), validation: nil),
        configuration: configuration, backend: ReferenceBackend())
    }
  }

  /// What a training says of itself that can hardly be meant.
  private func doubts(_ configuration: TrainingConfiguration, rows: Int = 400) throws -> [String] {
    var doubts: [String] = []
    _ = try trainOnReference(pairwiseLog(rows: rows), configuration) {
      if case .doubted(let text) = $0 { doubts.append(text) }
    }
    return doubts
  }

  @Test(arguments: [(1, true, true), (2, true, true), (3, true, false), (1, false, false)])
  func `batch norm of one or two rows is doubted`(
    batch: Int, batchNorm: Bool, isDoubted: Bool
  ) throws {
    var configuration = smallConfiguration("deepfm-d")
    (configuration.epochs, configuration.batchSize) = (1, batch)
    configuration.sizes.batchNorm = batchNorm
    let found = try doubts(configuration, rows: 60).contains { $0.hasPrefix("batch norm") }
    #expect(found == isDoubted)
    // A model without hidden layers normalises nothing.
    configuration.model = "fm"
    #expect(try !doubts(configuration, rows: 60).contains { $0.hasPrefix("batch norm") })
  }

  @Test(arguments: [Float(0), 0.3]) func `a loss far above the click rate's is doubted`(
    validFraction: Float
  ) throws {
    var configuration = smallConfiguration("lr")
    configuration.validFraction = validFraction
    #expect(try doubts(configuration) == [])
    configuration.learningRate = 50
    let doubt = try #require(try doubts(configuration).first)
    #expect(doubt.contains(validFraction == 0 ? "of the training rows" : "of the validation rows"))
    #expect(doubt.contains("times that of predicting the click rate alone"))
  }
}
