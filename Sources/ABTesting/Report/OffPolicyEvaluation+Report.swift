import Reports

extension OffPolicyEvaluation {
  /// The estimates, the log's own policy first.
  package var table: Report.Table {
    var table = Report.Table(
      columns: [
        .text("estimate"), .number("value"), .text("95 % interval"), .number("over the log's"),
      ])
    table.add([
      "the log's own policy", .text(Report.Text(digits(logged)), sortedBy: logged), "", "",
    ])
    for value in values {
      table.add([
        .text(Report.Text(value.estimator.words)),
        .text(Report.Text(digits(value.value)), sortedBy: value.value),
        .text("\(digits(value.lower)) to \(digits(value.upper))", sortedBy: value.lower),
        .text(
          Report.Text(logged != 0 ? Words.lift(value.value / logged - 1) : "–"),
          sortedBy: value.value),
      ])
    }
    return table
  }

  private func digits(_ value: Double) -> String { Numbers.significant(value) }

  /// What the weights say, and what speaks against the estimates.
  package var sentences: [Report.Text] {
    let size: Report.Text = """
      \(count: rounds) rounds say as much of the other policy as about \
      \(count: Int(effectiveSize.rounded())) of its own would (effective sample size); weights are \
      \(digits(meanWeight)) in the mean, the largest \(digits(largestWeight)).
      """
    guard !warnings.isEmpty else { return [size] }
    return [size]
      + warnings.map { "\(strong: "Not to be trusted"): \($0)." }
  }
}
