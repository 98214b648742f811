import Reports

extension ABAnalysis {
  /// What may be said, a sentence a comparison, and before it what forbids to say anything.
  package var conclusions: [Report.Text] {
    if isBroken { return [broken] }
    if isEarly { return [early] }
    return metrics.flatMap { metric in
      metric.comparisons.map { sentence($0, metric.metric) }
    }
  }

  private var control: String { arms[0].name }

  private var broken: Report.Text {
    let reason =
      ratio.isAlarming
      ? "the arms do not have the units they should (\(sizes); by chance alone a split as uneven as this "
        + "has a probability of \(Words.p(ratio.p)))"
      : "\(Numbers.grouped(mixed)) of \(Numbers.grouped(units + mixed)) units have rows of several arms"
    return """
      \(strong: "Nothing may be said of any metric: the split is broken."): \(reason). Something else than \
      chance decides who is counted in which arm, so that a difference may be a difference of who is \
      counted. Find the fault in assignment or logging, correct it, and run the test anew.
      """
  }

  private var sizes: String {
    arms.map { "\($0.name) \(Numbers.grouped($0.units)), meant \(Numbers.percent($0.share, 1))" }
      .joined(separator: "; ")
  }

  private var early: Report.Text {
    """
    \(strong: "Nothing may be said yet."): \(count: units) of \(count: test.planned ?? 0) planned units are \
    there, and the test is one for a single look at its end. Who looks before and stops when it looks good \
    is wrong far more often than \(Numbers.percent(test.alpha, 0)) of the time. Wait; or write \
    \(code: "looks: daily"), and the sequences, which may be looked at any day, decide.
    """
  }

  private func sentence(_ comparison: Comparison, _ metric: Metric) -> Report.Text {
    let name = "\(comparison.arm) against \(control), \(metric.name)"
    guard let contrast = comparison.contrast, let p = comparison.p else {
      return "\(strong: name): nothing to compare; an arm has no units or nothing to divide by."
    }
    let decides = test.looks == .daily ? comparison.sequence?.lift : contrast.lift
    let range =
      decides.map {
        "\(Words.lift(contrast.lift!.value)) (\(confidence) \(Words.interval($0)))"
      } ?? "a difference of \(Numbers.significant(contrast.difference.value))"
    let many = metrics.count * (arms.count - 1) > 1 && test.correction != .none
    let chance = "p \(Words.p(p))" + (many ? ", corrected for the number of comparisons" : "")
    switch comparison.verdict {
    case .better: return "\(strong: name): \(comparison.arm) is better, \(range); \(chance)."
    case .worse: return "\(strong: name): \(comparison.arm) is worse, \(range); \(chance)."
    case .same:
      return """
        \(strong: name): no difference that would matter, \(range), where \
        \(Words.lift(test.effect ?? 0)) would.
        """
    default: return unclear(name, range, chance, comparison)
    }
  }

  private func unclear(
    _ name: String, _ range: String, _ chance: String, _ comparison: Comparison
  ) -> Report.Text {
    let seen = comparison.detectableLift.map {
      " So many units are likely to show a lift of \(Numbers.percent($0, 1)) or more"
        + (test.effect.map { effect in
          effect < comparison.detectableLift! ? ", too few for \(Numbers.percent(effect, 1))" : ""
        } ?? "") + "."
    }
    return """
      \(strong: name): not known, \(range); \(chance). This does not say that there is no \
      difference.\(seen ?? "")
      """
  }

  private var confidence: String { Numbers.percent(1 - test.alpha, 0) + " interval" }

  /// What must not be read into the results.
  package var cautions: [Report.Text] {
    var cautions: [Report.Text] = []
    if !isBroken && mixed > 0 {
      cautions.append(
        "\(count: mixed) units have rows of several arms and are left out: too few to spoil the test, and a fault all the same."
      )
    }
    if test.looks == .once && !isEarly {
      cautions.append(
        test.planned == nil
          ? """
          The intervals hold for a single look at an end that was fixed before. Nobody wrote down an end \
          (\(code: "planned:")): if the test was stopped because it looked good, they do not hold; the \
          sequences below do.
          """
          : "The intervals hold for a single look at the planned end; who looked each day goes by the sequences below."
      )
    }
    if let worst = metrics.flatMap(\.comparisons).compactMap(\.designEffect).max(), worst > 1.2 {
      cautions.append(
        """
        Rows of one unit belong together: counted one by one they would be taken for \
        \(Numbers.fixed(worst, 1)) times as much evidence as they are. A test by rows would raise false \
        alarms.
        """)
    }
    if metrics.flatMap(\.comparisons).contains(where: { !$0.segments.isEmpty }) {
      cautions.append(
        "Segments were looked through after the fact: one that stands out is a question for the next test, not an answer of this one."
      )
    }
    return cautions
  }
}
