import DeepFMKit
import Testing

@Suite struct BenchmarkTests {
  /// A log of two fields, 40 × 40, and its configuration.
  private func small() throws -> (Dataset, TrainingConfiguration) {
    let log = SyntheticLog(fields: [.init("user", 40), .init("item", 40)])
    var configuration = smallConfiguration("deepfm-d")
    configuration.batchSize = 50
    return (try log.dataset(rows: 0..<420), configuration)
  }

  @Test func roundsOfTrainingCountWholeSteps() throws {
    let (rows, configuration) = try small()
    let benchmark = try TrainingBenchmark(
      on: ReferenceBackend(), rows, configuration: configuration)
    // 8 full batches of 50 an epoch: the rounds go over the end of several.
    for _ in 0..<3 {
      let round = try benchmark.round(seconds: 0.001)
      #expect(round.samples >= 200 && round.samples % 200 == 0)
      #expect(round.seconds >= 0.001 && round.waited <= round.seconds)
    }
    #expect(benchmark.batchSize == 50 && benchmark.plan.total > 0)
  }

  @Test func anEpochLearnsWhatTheTrainerLearns() throws {
    let log = SyntheticLog(fields: [.init("user", 20), .init("item", 20)])
    var configuration = smallConfiguration("lr")
    configuration.batchSize = 20
    let rows = try log.dataset(rows: 0..<4400)
    let result = try EpochBenchmark.run(
      on: ReferenceBackend(), rows, trained: 4000, configuration: configuration)
    #expect(try #require(result.auc) > 0.6)
    #expect(result.logLoss < 0.69 && result.seconds > 0)
  }

  @Test func predictionGoesRoundTheRowsAndAnswersRequests() throws {
    let (rows, configuration) = try small()
    let benchmark = try PredictionBenchmark(
      on: ReferenceBackend(), rows, configuration: configuration)
    let round = try benchmark.round(seconds: 0.02)
    #expect(round.samples >= 50 && round.rate > 0)
    let times = try benchmark.latencies(for: 0.02)
    #expect(!times.isEmpty && times.allSatisfy { $0 > 0 })
  }
}
