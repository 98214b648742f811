import Logs
import Operators
import Support
import Training

/// Shows what a model thinks is most likely to be clicked, asked in this process: the same numbers as of a
/// server.
final class ModelPolicy: RankingPolicy {
  let name: String
  let version: String?
  private let inputs: ModelInputs
  private let predict: (LogSource) throws -> [Float]

  init(_ name: String, version: Int, _ model: TrainedModel, on backend: some Backend) throws {
    (self.name, self.version) = (name, "\(version)")
    inputs = ModelInputs(model.encoder)
    let predictor = try Predictor(model, on: backend, capacity: 4096)
    predict = { log in
      try predictor.predict(model.encoder.encode([log], labels: .unread))
    }
  }

  func scores(of requests: [MarketRequest], on day: Int, in truth: MarketTruth) throws -> [Float] {
    var text = inputs.names.joined(separator: ",") + "\n"
    let (shared, own) = (inputs.shared, inputs.own)
    var cells = inputs.names
    for request in requests {
      let asks = truth.requestValues(request)
      for index in shared { cells[index] = inputs.text(index, asks, []) }
      for candidate in request.candidates {
        let item = truth.items[candidate].values
        for index in own { cells[index] = inputs.text(index, asks, item) }
        text += cells.joined(separator: ",") + "\n"
      }
    }
    return try predict(.text(text, name: "candidates.csv"))
  }
}
