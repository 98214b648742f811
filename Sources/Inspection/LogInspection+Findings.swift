import Features
import Foundation

extension LogInspection {
  /// What is worth a look, in sentences.
  package var findings: [String] {
    var findings: [String] = []
    let rows = Double(max(parts[0].rows, 1))
    for field in fields {
      let first = field.parts[0]
      let missing = Double(first.missing) / rows
      if first.values == 0 {
        findings.append("\(field.name) holds no values at all.")
      } else if let vocabulary = field.vocabulary, vocabulary == 1, missing == 0, first.unknown == 0
      {
        findings.append("\(field.name) has the same value in every row: it teaches nothing.")
      } else if missing > 0.5 {
        findings.append("\(field.name) has no value in \(percent(missing)) of the rows.")
      }
      if let auc = field.aucAlone, auc >= SoleColumn.suspicious {
        findings.append(
          "\(field.name) alone tells clicks from other rows with an AUC of \(auc.inBrief): if it is known "
            + "only after the click, leave it out (kind: ignored).")
      }
      if field.vocabulary != nil, first.values > 0, first.unknownShare > 0.3 {
        findings.append(
          "\(field.name): \(percent(first.unknownShare)) of its values are too rare to be learned "
            + "(min_count).")
      }
      for (part, coverage) in zip(parts, field.parts).dropFirst()
      where field.vocabulary != nil && coverage.unknownShare > 0.2
        && coverage.unknownShare > first.unknownShare + 0.1
      {
        findings.append(
          "\(field.name): \(percent(coverage.unknownShare)) of the values in \(part.name) were not "
            + "learned from \(parts[0].name).")
      }
    }
    findings += Self.drift(parts)
    return findings
  }

  /// Parts whose click rates differ by more than chance explains.
  private static func drift(_ parts: [Part]) -> [String] {
    guard let first = parts[0].clicks, parts[0].rows > 0 else { return [] }
    let rate = Double(first) / Double(parts[0].rows)
    return parts.dropFirst().compactMap { part in
      guard let clicks = part.clicks, part.rows > 0 else { return nil }
      let other = Double(clicks) / Double(part.rows)
      let scatter = (rate * (1 - rate) * (1 / Double(part.rows) + 1 / Double(parts[0].rows)))
        .squareRoot()
      guard abs(other - rate) > 5 * scatter else { return nil }
      return "The click rate of \(part.name) is \(Self.percent(other)), that of \(parts[0].name) "
        + "\(Self.percent(rate)): more of a difference than chance makes."
    }
  }

  private func percent(_ share: Double) -> String { Self.percent(share) }

  private static func percent(_ share: Double) -> String { String(format: "%.1f %%", 100 * share) }
}
