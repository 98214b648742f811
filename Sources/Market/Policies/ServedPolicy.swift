import NIOCore
import Support

/// Shows what a served model thinks is most likely to be clicked, asked over HTTP.
///
/// A request for scores names the items; what is known of them the server has from its table, and crosses made
/// by hand come with the request.
final class ServedPolicy: RankingPolicy {
  let name: String
  let version: String?
  private let inputs: ModelInputs
  private let server: MarketServer

  init(_ name: String, version: Int, _ inputs: ModelInputs, _ server: MarketServer) {
    (self.name, self.version, self.inputs, self.server) = (name, "\(version)", inputs, server)
  }

  func scores(of requests: [MarketRequest], on day: Int, in truth: MarketTruth) throws -> [Float] {
    let n = truth.settings.candidates
    var all = [Float](repeating: 0, count: requests.count * n)
    try server.client.ask(
      "/v1/models/\(name):predict", count: requests.count,
      body: { self.body(requests[$0], truth) },
      answer: { index, answer in
        let scores = try Self.predictions(answer)
        guard scores.count == n else {
          throw UserError(
            self.name, found: "\(scores.count) predictions", expected: "\(n)",
            remedy: "see the server's answer: \(answer.prefix(200))")
        }
        all.replaceSubrange(index * n..<(index + 1) * n, with: scores)
      })
    return all
  }

  private func body(_ request: MarketRequest, _ truth: MarketTruth) -> String {
    let asks = truth.requestValues(request)
    func object(_ columns: [Int], _ item: [Int]) -> String {
      "{"
        + columns.map { "\"\(inputs.names[$0])\":\"\(inputs.text($0, asks, item))\"" }
        .joined(separator: ",") + "}"
    }
    // What else is known of an item, the server knows as well.
    let own = inputs.own.filter { index in
      !MarketColumn.ofItem.dropFirst().contains { $0.name == inputs.names[index] }
    }
    let instances = request.candidates.map { object(own, truth.items[$0].values) }
    return "{\"id\":\"r\(request.key)\",\"shared\":\(object(inputs.shared, [])),\"instances\":["
      + instances.joined(separator: ",") + "]}"
  }

  private static func predictions(_ answer: String) throws -> [Float] {
    guard let start = answer.range(of: "\"predictions\":[")?.upperBound,
      let end = answer[start...].firstIndex(of: "]")
    else {
      throw UserError(
        "server", found: "\(answer.prefix(200))", expected: "predictions",
        remedy: "report this, with the command that you used")
    }
    return try answer[start..<end].split(separator: ",").map { text in
      guard let score = Float(text) else {
        throw UserError(
          "server", found: quoted(String(text)), expected: "a probability",
          remedy: "report this, with the command that you used")
      }
      return score
    }
  }
}
