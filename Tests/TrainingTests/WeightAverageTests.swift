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
    over epochs: Float, validated: Bool = true
  ) throws -> (run: TrainingRun, data: TrainingData) {
    var configuration = smallConfiguration("deepfm-d")
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

  @Test func `is what is left where nothing is validated`() throws {
    let plain = try train(over: 0, validated: false).run.model
    let averaged = try train(over: 2, validated: false).run.model
    #expect(averaged.step == plain.step)
    #expect(averaged.tensors != plain.tensors)
  }
}
