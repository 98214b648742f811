import DeepFMKit
import Testing

@Suite struct ClickModelTests {
  @Test func `a log in memory is learned predicted saved and loaded`() throws {
    var configuration = smallConfiguration("fm")
    configuration.epochs = 8
    let model = try ClickModel.fit(
      pairwiseLog(rows: 4000), configuration: configuration, device: "reference")
    #expect(try #require(model.validation?.auc) > 0.8)

    let candidates = LogSource.rows(
      columns: ["user", "item", "noise"],
      [["u2", "i4", "n0"], ["u2", "i5", "n0"], ["nobody", "nothing", "n0"]])
    let probabilities = try model.predict(candidates)
    #expect(probabilities.count == 3)
    #expect(probabilities[0] > 0.5 && probabilities[1] < 0.5)

    try withTemporaryFolder { folder in
      try model.save(to: folder + "/clicks.deepfm")
      let again = try ClickModel(contentsOf: folder + "/clicks.deepfm", device: "reference")
      #expect(try again.predict(candidates) == probabilities)
    }
  }

  @Test(arguments: ["lr", "fm", "deepfm-d"])
  func `evaluation judges the very probabilities that are predicted`(name: String) throws {
    // Not a multiple of the batch size: the last batch is a short one.
    let test = pairwiseLog(rows: 333, seed: 8)
    let model = try ClickModel.fit(
      pairwiseLog(rows: 500), configuration: smallConfiguration(name), device: "reference")
    let rows = try model.trained.encoder.encode([test])
    let predicted = Evaluation(probabilities: try model.predict(test), labels: rows.labels)
    #expect(try model.evaluate(test) == predicted)
  }

  @Test func `rows of another encoder are refused`() throws {
    let model = try ClickModel.fit(
      pairwiseLog(rows: 300), configuration: smallConfiguration(), device: "reference")
    let other = try FeatureEncoder.fit(to: [pairwiseLog(rows: 50)])
    let predictor = try Predictor(model.trained, on: ReferenceBackend())
    #expect(throws: TrainingError.foreignRows) {
      try predictor.predict(other.encode([pairwiseLog(rows: 50)]))
    }
  }
}
