import Training

/// Lets a day's requests be answered, and adds up what is true of it.
struct DaySimulation {
  let truth: MarketTruth
  let day: Int
  let phase: MarketPhase
  /// The policies of the arms; the same one in both is asked once.
  let arms: [any RankingPolicy]
  /// Which arm a user is in.
  let armOfUser: [Int]

  /// What came of a day: its numbers, and for each arm the log of the policy's rows and that of rows in random
  /// order.
  struct Outcome {
    var record: MarketDay
    var logs: [[ImpressionLog]]
  }

  func run() throws -> Outcome {
    let requests = truth.requests(on: day)
    var policies: [any RankingPolicy] = []
    for policy in arms where !policies.contains(where: { $0 === policy }) {
      policies.append(policy)
    }
    // Popularity learns from request to request; models have been trained before the day.
    let popularity = arms.first as? PopularityPolicy
    let scores =
      popularity == nil
      ? try policies.map { try $0.scores(of: requests, on: day, in: truth) } : []
    var sums = DaySums(truth, day, policies.map(\.name), isJudged: popularity == nil)
    var logs = arms.map { _ in [ImpressionLog(), ImpressionLog()] }
    let n = truth.settings.candidates
    for (number, request) in requests.enumerated() {
      let arm = armOfUser[request.user]
      let own = policies.firstIndex { $0 === arms[arm] }!
      let answer = Answer(
        request, on: day, in: truth, by: own,
        scores: popularity.map { [$0.scores(of: [request], on: day, in: truth)[...]] }
          ?? scores.map { $0[number * n..<(number + 1) * n] })
      sums.add(answer)
      logs[arm][answer.chances.isExplored ? 1 : 0].append(
        answer.impressions, of: request, on: day,
        from: ImpressionLog.Origin(
          policy: arms[arm].name, version: arms[arm].version ?? "", arm: phase.arms[arm],
          isExplored: answer.chances.isExplored), in: truth)
      popularity?.learn(answer, truth)
    }
    return Outcome(record: sums.record(phase, requests: requests.count), logs: logs)
  }
}

/// What was shown at a place, and what came of it.
struct Impression {
  /// Which candidate, and its place from 0.
  var candidate: Int
  var place: Int
  /// How likely the policy was to show it there.
  var propensity: Double
  var isClick: Bool
  var isOrder: Bool
}

/// A request with the answer of each policy, of which one is shown.
struct Answer {
  let request: MarketRequest
  let chances: RequestChances
  /// Of each candidate.
  let probabilities: [(click: Double, order: Double)]
  /// By policy: the scores of the candidates, from 0 on, and their order.
  let scores: [[Float]]
  let orders: [[Int]]
  /// The policy that is shown.
  let own: Int
  private(set) var impressions: [Impression] = []

  init(
    _ request: MarketRequest, on day: Int, in truth: MarketTruth, by own: Int,
    scores: [ArraySlice<Float>]
  ) {
    (self.request, self.own) = (request, own)
    chances = RequestChances(request, truth.settings)
    probabilities = truth.probabilities(of: request, on: day)
    self.scores = scores.map { Array($0) }
    orders = self.scores.map(ranked)
    impressions = shown(truth)
  }

  private func shown(_ truth: MarketTruth) -> [Impression] {
    let order = orders[own]
    let shown = chances.isExplored ? chances.shuffled : order
    let epsilon = truth.settings.exploration
    return truth.examination.indices.map { place in
      let candidate = shown[place]
      let p = probabilities[candidate]
      let isClick = chances.click[candidate] < truth.examination[place] * p.click
      return Impression(
        candidate: candidate, place: place,
        propensity: epsilon / Double(order.count) + (order[place] == candidate ? 1 - epsilon : 0),
        isClick: isClick, isOrder: isClick && chances.order[candidate] < p.order)
    }
  }
}

extension PopularityPolicy {
  fileprivate func learn(_ answer: Answer, _ truth: MarketTruth) {
    for each in answer.impressions {
      learn(
        answer.request.candidates[each.candidate], look: truth.examination[each.place],
        isClick: each.isClick)
    }
  }
}
