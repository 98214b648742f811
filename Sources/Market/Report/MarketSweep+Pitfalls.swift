import ABTesting
import Reports

extension MarketSweep {
  var pitfallBlocks: [Report.Block] {
    let base = MarketSummary(base)
    return [
      .paragraph(
        """
        The market of the section before last, but for one setting each. A lift is of both models under the same \
        fault; the models' own click rates tell what the fault costs.
        """), .table(pitfallTable(base)), .list(remarks(base)),
      .charts(
        pitfalls.filter { $0.summary.settings.drift > 0 }.map {
          .lines($0.summary.dayChart("\($0.name): CTR lift"))
        }),
    ]
  }

  private func pitfallTable(_ base: MarketSummary) -> Report.Table {
    var table = Report.Table(
      columns: [
        .text("market"), .number("CTR lift, true"), .number("measured"), .text("95 % interval"),
        .number("CTR, control"), .number("CTR, treatment"),
        .number("new items", help: "the share of the treatment's impressions"),
        .number("gap, all"), .number("gap, shown"),
      ])
    for (name, summary) in [("as it should be", base)] + pitfalls.map({ ($0.name, $0.summary) }) {
      table.add([
        .text(Report.Text(name)), .lift(summary.ctr.truth), .lift(summary.ctr.estimate),
        .interval(summary.ctr), .percent(summary.control.clickRate, digits: 2),
        .percent(summary.treatment.clickRate, digits: 2),
        .percent(summary.treatment.fresh, digits: 1),
        .number(summary.gap { $0.uniform }, digits: 4),
        .number(summary.gap { $0.shown }, digits: 4),
      ])
    }
    return table
  }

  private func remarks(_ base: MarketSummary) -> [Report.Text] {
    func found(_ name: String) -> MarketSummary? { pitfalls.first { $0.name == name }?.summary }
    func rate(_ policy: MarketSummary.Policy) -> String { Numbers.percent(policy.clickRate, 2) }
    var remarks: [Report.Text] = [
      """
      \(strong: "Selection"): offline, on what the control showed, the treatment is \
      \(gap(base) { $0.shown }) ahead; where every candidate was looked at, \(gap(base) { $0.uniform }).
      """
    ]
    if let place = found("no place") {
      remarks.append(
        """
        \(strong: "No place"): without it an item that was shown on top looks better than it is. The control's \
        CTR is \(rate(place.control)) in place of \(rate(base.control)), the treatment's \
        \(rate(place.treatment)) in place of \(rate(base.treatment)).
        """)
    }
    if let shared = found("shared log"), let uniform = found("uniform log") {
      remarks.append(
        """
        \(strong: "The log that models learn from"): where each learns from both arms the true lift is \
        \(Words.lift(shared.ctr.truth)), from its own arm \(Words.lift(base.ctr.truth)), from rows in random \
        order alone, while the test runs, \(Words.lift(uniform.ctr.truth)). A test that shares the log measures \
        models that have taught each other.
        """)
    }
    if let cold = found("no exploration") {
      remarks.append(
        """
        \(strong: "Cold items"): without any request in random order \
        \(Numbers.percent(cold.treatment.fresh, 1)) of the treatment's impressions are of items of today or \
        yesterday, with it \(Numbers.percent(base.treatment.fresh, 1)); who knows the truth shows \
        \(Numbers.percent(base.oracle.fresh, 1)).
        """)
    }
    if let daily = found("trained on daily") {
      remarks.append(
        """
        \(strong: "Trained on daily"): models that go on from the day before, on its log alone, have a CTR of \
        \(rate(daily.control)) and \(rate(daily.treatment)) where those trained from scratch on the last days have \
        \(rate(base.control)) and \(rate(base.treatment)).
        """)
    }
    if let fresh = found("drift"), let stale = found("drift and a stale model") {
      remarks.append(
        """
        \(strong: "Drift"): where tastes turn, a treatment that is trained once has a true lift of \
        \(Words.lift(stale.ctr.truth)) over the week, trained each day \(Words.lift(fresh.ctr.truth)).
        """)
    }
    return remarks
  }

  private func gap(_ summary: MarketSummary, _ log: (OfflineAUC) -> Double?) -> String {
    summary.gap(log).map { ($0 > 0 ? "+" : "") + Numbers.fixed($0, 4) } ?? "–"
  }

  var honesty: [Report.Text] {
    [
      "All users, items and clicks are made up. What is shown is what a test can tell, and when a lift like the paper's is possible; not that any real market is like this one.",
      "The true lift is that of the expected clicks, were every request of the test's days answered by each model as it was trained that day, requests in random order included.",
      "Crosses are those of the truth's strongest pairs: a better guess than any engineer has.",
      "Both models have the settings that did best on one market's log among some that were tried, and learn from the same number of days.",
    ]
  }
}

extension MarketCoverage {
  /// How many intervals hold the truth.
  package var table: Report.Table {
    var table = Report.Table(
      columns: [
        .text("interval"), .number("hold the truth"), .number("share"),
        .text("as many as 95 % may"),
      ])
    for (name, count) in [
      ("CTR, by users", ctr), ("CVR, by users", cvr), ("CTR, by impressions", byImpressions),
    ] {
      table.add([
        .text(Report.Text(name)), .count(count),
        .percent(Double(count) / Double(markets), digits: 1),
        .text(expected.contains(count) ? "yes" : "no").emphasized(!expected.contains(count)),
      ])
    }
    return table
  }
}
