import DeepFMKit
import Foundation

/// Brings an operator, an optimizer, a log format and a model of its own, and trains with them on a log in memory;
/// holds the predictions to what the log has to teach: the item's quality for all, the users' tastes for all but LR.
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
    OptimizerRegistry.register(Momentum.self)
    LogFormat.register(FixedWidth())

    let cases = Gate.cases + OperatorTable.cases(of: Momentum())
    for result in OperatorTable.check(on: try OpenCLBackend(Device.select()), cases: cases) {
      if let failure = result.failure { throw Disappointment("\(result.name): \(failure)") }
    }

    let linear = try auc(of: LR.self)
    guard linear > 0.6 else { throw Disappointment("LR learned nothing: \(linear)") }
    let deep = [
      try auc(of: DeepFM<DNN>.self),
      try auc(of: DeepFM<CrossNetwork>.self, isFixedWidth: true),
      try auc(of: DeepFM<DNN>.self) {
        $0.optimizer = OptimizerName(Momentum.self)
        $0.learningRate = nil
      },
    ]
    for auc in deep where !(auc > linear + 0.05) {
      throw Disappointment("no interaction was learned: \(deep), and \(linear) without any")
    }
  }

  /// Trains a model, saves and loads it, and says how well it ranks a later log.
  private static func auc(
    of type: any Model.Type, isFixedWidth: Bool = false,
    changing change: (inout TrainingConfiguration) -> Void = { _ in }
  ) throws -> Double {
    var configuration = try TrainingConfiguration(type)
    configuration.sizes.embeddingSize = 8
    configuration.sizes.hidden = [32, 32]
    configuration.sizes.dropout = 0
    configuration.sizes.embeddingDeviation = 0.1
    configuration.learningRate = 0.01
    configuration.epochs = 20
    configuration.patience = 4
    change(&configuration)
    let (past, future) = (ClickLog(rows: 6_000, seed: 1), ClickLog(rows: 2_000, seed: 2))
    let log = past.labelled(isFixedWidth: isFixedWidth)
    let trained = try ClickModel.fit(log, configuration: configuration)

    let path = NSTemporaryDirectory() + "consumer-\(getpid()).deepfm"
    defer { unlink(path) }
    try trained.save(to: path)
    let model = try ClickModel(contentsOf: path)

    let probabilities = try model.predict(future.unlabelled(isFixedWidth: isFixedWidth))
    guard probabilities.count == future.rows.count, probabilities.allSatisfy({ 0...1 ~= $0 })
    else {
      throw Disappointment("\(type.name): \(probabilities.count) probabilities, not as asked")
    }
    let evaluation = try model.evaluate(future.labelled(isFixedWidth: isFixedWidth))
    guard evaluation == Evaluation(probabilities: probabilities, labels: future.labels),
      let auc = evaluation.auc
    else { throw Disappointment("\(type.name): \(evaluation) is not of the probabilities") }
    print(
      String(format: "%@, %@: AUC %.4f on %@", type.name, log.name, auc, model.device),
      configuration.optimizer.rawValue)
    return auc
  }
}

struct Disappointment: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}
