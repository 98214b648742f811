import DeepFMKit
import Foundation

/// Checks an operator of its own; trains LR, DeepFM-D and a model of its own on a log in memory, and holds their predictions to what
/// the log has to teach: the item's quality for all, the users' tastes for all but LR.
@main
struct Consumer {
  static func main() {
    do {
      try run()
    } catch {
      print("error: \(error)")
      exit(1)
    }
  }

  private static func run() throws {
    for result in OperatorTable.check(on: try OpenCLBackend(Device.select()), cases: Gate.cases) {
      if let failure = result.failure { throw Disappointment("\(result.name): \(failure)") }
    }
    let past = ClickLog(rows: 6_000, seed: 1)
    let future = ClickLog(rows: 2_000, seed: 2)

    var auc: [String: Double] = [:]
    let models: [any Model.Type] = [LR.self, DeepFM<DNN>.self, DeepFM<CrossNetwork>.self]
    for type in models {
      let name = type.name
      var configuration = try TrainingConfiguration(type)
      configuration.sizes.embeddingSize = 8
      configuration.sizes.hidden = [32, 32]
      configuration.sizes.dropout = 0
      configuration.learningRate = 0.01
      configuration.sizes.embeddingDeviation = 0.1
      configuration.epochs = 20
      configuration.patience = 4
      let model = try ClickModel.fit(past.labelled, configuration: configuration)

      let probabilities = try model.predict(future.unlabelled)
      let evaluation = try model.evaluate(future.labelled)
      guard probabilities.count == future.rows.count, probabilities.allSatisfy({ 0...1 ~= $0 })
      else {
        throw Disappointment("\(name): \(probabilities.count) probabilities are not as asked")
      }
      auc[name] = evaluation.auc ?? .nan
      print(String(format: "%@: AUC %.4f on %@", name, auc[name]!, model.device))
    }

    guard auc["lr"]! > 0.6 else { throw Disappointment("LR learned nothing: \(auc)") }
    for name in ["deepfm-d", "deepfm-cross"] where !(auc[name]! > auc["lr"]! + 0.05) {
      throw Disappointment("\(name) learned no interaction: \(auc)")
    }
  }
}

struct Disappointment: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}
