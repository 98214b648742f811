import Training

/// What the answers of a day add up to, by the truth and as models are judged offline.
struct DaySums {
  private let truth: MarketTruth
  private let day: Int
  /// The policies, then "oracle" and "random".
  private let names: [String]
  private let isJudged: Bool
  private var expected: [ExpectedSuccess]
  /// By policy, the last one the oracle.
  private var uniform: [JudgedRows]
  private var shown: [JudgedRows]
  private var logged = (impressions: 0, clicks: 0, orders: 0)

  /// Rows with a model's scores.
  private struct JudgedRows {
    var scores: [Float] = []
    var labels: [Float] = []

    mutating func add(_ score: Float, _ isClick: Bool) {
      scores.append(score)
      labels.append(isClick ? 1 : 0)
    }

    var auc: Double? { Metrics.auc(scores, labels: labels) }
  }

  /// - Parameter isJudged: whether the policies' scores are to be judged offline, too.
  init(_ truth: MarketTruth, _ day: Int, _ policies: [String], isJudged: Bool) {
    (self.truth, self.day, self.isJudged) = (truth, day, isJudged)
    names = policies + ["oracle", "random"]
    expected = names.map { _ in ExpectedSuccess() }
    uniform = names.dropLast().map { _ in JudgedRows() }
    shown = uniform
  }

  mutating func add(_ answer: Answer) {
    let best = ranked(answer.probabilities.map { Float($0.click) })
    for (index, order) in (answer.orders + [best, answer.chances.shuffled]).enumerated() {
      let isPolicy = index < answer.orders.count
      add(isPolicy && answer.chances.isExplored ? answer.chances.shuffled : order, answer, index)
    }
    for impression in answer.impressions {
      logged.impressions += 1
      logged.clicks += impression.isClick ? 1 : 0
      logged.orders += impression.isOrder ? 1 : 0
    }
    if isJudged { judge(answer) }
  }

  /// Adds what an order earns by the truth.
  private mutating func add(_ order: [Int], _ answer: Answer, _ index: Int) {
    for (look, candidate) in zip(truth.examination, order) {
      let p = answer.probabilities[candidate]
      expected[index].impressions += 1
      expected[index].clicks += look * p.click
      expected[index].orders += look * p.click * p.order
      let arrival = truth.arrival(of: answer.request.candidates[candidate])
      if arrival > 0 && arrival > day - 2 { expected[index].fresh += 1 }
    }
  }

  private mutating func judge(_ answer: Answer) {
    func scores(_ candidate: Int) -> [Float] {
      answer.scores.map { $0[candidate] } + [Float(answer.probabilities[candidate].click)]
    }
    for (candidate, p) in answer.probabilities.enumerated() {
      let isClick = answer.chances.click[candidate] < p.click
      for (index, score) in scores(candidate).enumerated() { uniform[index].add(score, isClick) }
    }
    guard answer.own == 0 else { return }
    for each in answer.impressions {
      for (index, score) in scores(each.candidate).enumerated() {
        shown[index].add(score, each.isClick)
      }
    }
  }

  func record(_ phase: MarketPhase, requests: Int) -> MarketDay {
    var record = MarketDay(
      day: day, phase: phase, requests: requests, impressions: logged.impressions,
      clicks: logged.clicks, orders: logged.orders, expected: [:], auc: [:])
    for (index, name) in names.enumerated() {
      record.expected[name] = expected[index]
      guard isJudged, index < uniform.count else { continue }
      record.auc[name] = OfflineAUC(uniform: uniform[index].auc, shown: shown[index].auc)
    }
    return record
  }
}
