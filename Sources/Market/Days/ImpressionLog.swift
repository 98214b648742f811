import Foundation

/// Impressions as CSV: a row an impression, with all that a model or an analysis wants to know.
struct ImpressionLog {
  private(set) var text: String
  private(set) var rows = 0

  static let columns =
    ["time", "request"] + MarketColumn.allCases.map(\.name)
    + MarketColumn.crosses.map(\.name)
    + ["position", "propensity", "explored", "policy", "version", "arm", "click", "order"]

  static let header = columns.joined(separator: ",") + "\n"

  init() { text = Self.header }

  /// Who shows a request's answer.
  struct Origin {
    var policy: String
    var version: String
    var arm: String
    var isExplored: Bool
  }

  mutating func append(
    _ impressions: [Impression], of request: MarketRequest, on day: Int, from origin: Origin,
    in truth: MarketTruth
  ) {
    let time = MarketSettings.start + day * 86_400 + request.second
    let asks = truth.requestValues(request)
    let head =
      "\(time),r\(String(request.key, radix: 36)),"
      + zip(MarketColumn.ofRequest, asks).map { $0.text($1) }.joined(separator: ",") + ","
    let tail = "\(origin.isExplored ? 1 : 0),\(origin.policy),\(origin.version),\(origin.arm),"
    for impression in impressions {
      let item = truth.items[request.candidates[impression.candidate]].values
      text += head
      for (column, value) in zip(MarketColumn.ofItem, item) { text += column.text(value) + "," }
      for cross in MarketColumn.crosses { text += truth.text(of: cross, asks, item) + "," }
      text += "\(impression.place + 1),\(impression.propensity),"
      text += tail + (impression.isClick ? "1," : "0,") + (impression.isOrder ? "1\n" : "0\n")
      rows += 1
    }
  }
}

extension MarketTruth {
  /// The values of the request's columns.
  func requestValues(_ request: MarketRequest) -> [Int] {
    users[request.user].values + [request.hour]
  }

  func text(of cross: CrossedColumns, _ request: [Int], _ item: [Int]) -> String {
    cross.text(
      request[cross.request.rawValue], item[cross.itemPlace])
  }
}
