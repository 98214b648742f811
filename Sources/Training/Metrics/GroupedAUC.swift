extension Metrics {
  /// The AUC within groups, as in Zhu et al. 2017.
  public struct GroupedAUC: Sendable, Codable, Hashable {
    /// The mean of the groups' AUC, each weighted by its impressions; nil where no group has both
    /// clicks and non-clicks.
    public let value: Double?
    /// How many groups have both, and so take part.
    public let groups: Int
    /// How many groups there are.
    public let allGroups: Int
    /// The share of the weight of all rows that lies in groups that take part.
    public let share: Double

    enum CodingKeys: String, CodingKey {
      case value, groups, share
      case allGroups = "all_groups"
    }
  }

  /// The AUC within each group, averaged: how well the rows of one user, query or session are ordered,
  /// whatever the differences between these.
  ///
  /// - Parameters:
  ///   - scores: probabilities or logits.
  ///   - groups: whom each row belongs to.
  /// - Returns: the mean over groups with both classes, each weighted by the weight of its rows; nil
  ///   where a score is not a number.
  package static func groupedAUC<Score: BinaryFloatingPoint, Group: Hashable>(
    _ scores: [Score], labels: [Float], weights: [Float]? = nil, groups: [Group]
  ) -> GroupedAUC? {
    precondition(groups.count == scores.count && labels.count == scores.count)
    guard scores.allSatisfy({ !$0.isNaN }) else { return nil }
    // Rows in the order of groups' first rows, so that sums have one order.
    var numbers: [Group: Int] = [:]
    var members: [[Int]] = []
    for (row, group) in groups.enumerated() {
      if let number = numbers[group] {
        members[number].append(row)
      } else {
        numbers[group] = members.count
        members.append([row])
      }
    }
    var (sum, used, total, count) = (0.0, 0.0, 0.0, 0)
    for rows in members {
      let ranking = Ranking(
        rows.map { scores[$0] }, labels: rows.map { labels[$0] },
        weights: weights.map { weights in rows.map { weights[$0] } })
      let weight = ranking.clicks + ranking.negatives
      total += weight
      guard let auc = ranking.auc else { continue }
      sum += weight * auc
      used += weight
      count += 1
    }
    return GroupedAUC(
      value: used > 0 ? sum / used : nil, groups: count, allGroups: members.count,
      share: total > 0 ? used / total : 0)
  }
}
