import DeepFMKit
import Diagnostics
import Testing

/// Whole trainings on the OpenCL device that a user gets by default.
@Suite(.serialized) struct DeviceTrainingTests {
  private let backend: OpenCLBackend

  init() throws {
    backend = try OpenCLBackend(Device.select())
  }

  private func train(
    _ log: LogSource, _ configuration: TrainingConfiguration
  ) throws -> TrainingRun {
    let data = try TrainingData(training: [log], configuration: configuration)
    return try Trainer(data, configuration: configuration, backend: backend).run()
  }

  @Test func `models with pairwise terms learn what logistic regression cannot`() throws {
    func auc(_ model: String) throws -> Double {
      var configuration = smallConfiguration(model)
      configuration.epochs = 8
      return try #require(train(pairwiseLog(rows: 4000), configuration).model.validation?.auc)
    }
    let lr = try auc("lr")
    #expect(lr < 0.6)
    #expect(try auc("fm") > 0.8)
    #expect(try auc("deepfm-d") > 0.8)
  }

  @Test(arguments: ModelRegistry.distinctNames)
  func `two trainings from one seed write the same bytes`(model: String) throws {
    var configuration = smallConfiguration(model)
    configuration.sizes.batchNorm = true
    try withTemporaryFolder { folder in
      for name in ["first", "second"] {
        try train(pairwiseLog(rows: 500), configuration).model.write(to: "\(folder)/\(name)")
      }
      let first = try contents(of: "\(folder)/first")
      let second = try contents(of: "\(folder)/second")
      #expect(first == second)
    }
  }

  @Test func `prediction evaluation training and the file agree bit for bit`() throws {
    var configuration = smallConfiguration("deepfm-d")
    configuration.sizes.batchNorm = true
    let log = pairwiseLog(rows: 700)
    let data = try TrainingData(training: [log], configuration: configuration)
    let validation = try #require(data.validation)
    let model = try Trainer(data, configuration: configuration, backend: backend).run().model
    let predictor = try Predictor(model, on: backend)
    let predicted = try predictor.predict(validation)
    #expect(
      try predictor.evaluate(validation)
        == Evaluation(probabilities: predicted, labels: validation.labels))
    // What training measured of its best epoch is what the kept weights give.
    #expect(try predictor.evaluate(validation) == model.validation)

    try withTemporaryFolder { folder in
      try model.write(to: folder + "/model.deepfm")
      let again = try Predictor(TrainedModel(contentsOf: folder + "/model.deepfm"), on: backend)
      #expect(try again.predict(validation) == predicted)
    }
  }

  @Test(arguments: ModelRegistry.distinctNames, Recipe.TableUpdate.allCases)
  func `the device follows the reference`(model: String, tables: Recipe.TableUpdate) throws {
    var configuration = smallConfiguration(model)
    configuration.sizes.batchNorm = true
    configuration.tables = tables
    configuration.embedding.l2 = 0.01
    configuration.wide.l2 = 0.001
    configuration.clipNorm = 0.1
    let data = try TrainingData(training: [pairwiseLog(rows: 700)], configuration: configuration)
    let verification = try Verification.run(
      data, configuration: configuration, backend: backend, steps: 30)
    #expect(verification.largestLossDifference < 1e-4)
    let worst = try #require(verification.largestParameterDifference)
    #expect(worst.largest < 1e-3, "\(worst.parameter)")
  }
}
