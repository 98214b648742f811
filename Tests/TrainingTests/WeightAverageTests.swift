import DeepFMKit
import Operators
import Testing

@testable import Training

@Suite struct WeightAverageTests {
  private func snapshot(_ values: Double...) -> Snapshot<Double> {
    Snapshot(step: 1, parameters: ["w": values], states: [:])
  }

  @Test func `is the mean of all looks until it reaches far enough, and then forgets`() {
    // Four steps an epoch: a look at each, and a window of two.
    var average = WeightAverage<Double>(over: 0.5, stepsPerEpoch: 4)
    #expect(average.interval == 1 && average.numbers == nil)
    for (value, expected) in [(8.0, 8.0), (4, 6), (2, 4), (0, 2)] {
      average.look(at: snapshot(value, -value))
      #expect(average.numbers?.parameters["w"] == [expected, -expected])
    }
    #expect(average.looks == 4)
    average.restart()
    average.look(at: snapshot(3))
    #expect(average.numbers?.parameters["w"] == [3])
  }

  @Test(arguments: [(1, 1), (31, 1), (32, 1), (64, 2), (1000, 31)])
  func `looks some 32 times an epoch`(steps: Int, interval: Int) {
    #expect(WeightAverage<Float>(over: 3, stepsPerEpoch: steps).interval == interval)
  }

  private func train(
    over epochs: Float, validated: Bool = true, batchNorm: Bool = false
  ) throws -> (run: TrainingRun, data: TrainingData) {
    var configuration = smallConfiguration("deepfm-d")
    configuration.sizes.batchNorm = batchNorm
    (configuration.averagingEpochs, configuration.patience) = (epochs, 0)
    (configuration.learningRate, configuration.learningRateDrop) = (0.1, 1)
    if !validated { configuration.validFraction = 0 }
    let data = try TrainingData(
      training: [pairwiseLog(rows: 700)],
      validation: validated ? [pairwiseLog(rows: 300, seed: 9)] : [], configuration: configuration)
    let trainer = try Trainer(data, configuration: configuration, backend: ReferenceBackend())
    return (try trainer.run(), data)
  }

  @Test func `one that forgets at once changes nothing but rounding`() throws {
    let plain = try train(over: 0).run.model.history
    let averaged = try train(over: 1e-3).run.model.history
    for (plain, averaged) in zip(plain, averaged) {
      let (one, other) = (try #require(plain.validation), try #require(averaged.validation))
      #expect(abs(one.logLoss - other.logLoss) < 1e-9)
    }
  }

  @Test func `leaves the steps as they are, and is what is judged and kept`() throws {
    let plain = try train(over: 0).run.model.history
    let (run, data) = try train(over: 2)
    #expect(run.model.history.map(\.trainingLoss) == plain.map(\.trainingLoss))
    #expect(run.model.history[2].validation != plain[2].validation)
    let best = try #require(run.model.validation)
    let again = try Predictor(run.model, on: ReferenceBackend()).evaluate(
      #require(data.validation))
    // The model keeps single precision, the reference trained in double.
    #expect(abs(again.logLoss - best.logLoss) < 1e-6)
  }

  @Test func `is judged by means and variances of its own`() throws {
    let (run, data) = try train(over: 3, batchNorm: true)
    let (graph, logits) = try run.model.build()
    let network = try Network(
      graph: graph, logits: logits, backend: ReferenceBackend(), capacity: data.training.rows,
      recipe: nil, seed: 1)
    try network.restore(run.model.snapshot())
    try network.load(data.training.batch(of: 0..<data.training.rows))
    try network.forward(training: false)
    let norm = try #require(graph.operations.lazy.compactMap { $0 as? Normalization }.first)
    let width = norm.shape.width
    let seen = network.pass[norm.input]
    for column in 0..<width {
      let values = stride(from: column, to: data.training.rows * width, by: width).map { seen[$0] }
      let mean = values.reduce(0, +) / Double(values.count)
      let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
      let (kept, spread) = (network.pass[norm.mean][column], network.pass[norm.variance][column])
      #expect(abs(kept - mean) < 0.2 * variance.squareRoot())
      #expect(abs(spread / variance - 1) < 0.2)
    }
  }

  @Test func `is what is left where nothing is validated`() throws {
    let plain = try train(over: 0, validated: false).run.model
    let averaged = try train(over: 2, validated: false).run.model
    #expect(averaged.step == plain.step)
    #expect(averaged.tensors != plain.tensors)
  }
}
