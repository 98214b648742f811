import DeepFMKit
import Testing

@Suite struct TrainerTests {
  @Test func modelsWithPairwiseTermsLearnWhatLogisticRegressionCannot() throws {
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
}
