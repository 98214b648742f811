/// What decides the order of a request's candidates.
public protocol RankingPolicy: AnyObject {
  /// A name for the log.
  var name: String { get }
  /// Which model of that name decides; nil where there is none.
  var version: String? { get }

  /// Scores of the candidates of a day's requests, the highest to be shown first.
  ///
  /// - Returns: [requests × candidates]
  func scores(of requests: [MarketRequest], on day: Int, in truth: MarketTruth) throws -> [Float]
}

extension RankingPolicy {
  public var version: String? { nil }
}

/// The places of the candidates by their scores, equal ones in the order they came.
func ranked(_ scores: [Float]) -> [Int] {
  scores.indices.sorted { (scores[$1], $0) < (scores[$0], $1) }
}

/// Shows what most often was clicked where it was shown, of those who came before: no model is needed.
final class PopularityPolicy: RankingPolicy {
  let name = "popularity"

  /// What was seen of an item so far, with a prior of one click in thirty looks.
  private var clicks: [Int: Double] = [:]
  private var looks: [Int: Double] = [:]

  func learn(_ item: Int, look: Double, isClick: Bool) {
    looks[item, default: 0] += look
    if isClick { clicks[item, default: 0] += 1 }
  }

  func scores(of requests: [MarketRequest], on day: Int, in truth: MarketTruth) -> [Float] {
    requests.flatMap { request in
      request.candidates.map {
        Float((clicks[$0, default: 0] + 1) / (looks[$0, default: 0] + 30))
      }
    }
  }
}
