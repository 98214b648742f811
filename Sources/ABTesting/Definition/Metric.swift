/// What a test is judged by: a number of each unit, from which a number of each arm is made.
public struct Metric: Sendable, Hashable, Codable {
  /// How units make up an arm's number.
  public enum Kind: String, Sendable, Hashable, Codable, CaseIterable {
    /// Σ of a column / Σ of another one or of rows, over all units: CTR, CVR. Judged by units, whose
    /// rows belong together.
    case ratio
    /// The mean over units of a column's sum: revenue per user.
    case mean
    /// The share of units of which a column's sum is above 0: buyers.
    case proportion
  }

  /// Which direction is an improvement.
  public enum Direction: String, Sendable, Hashable, Codable, CaseIterable {
    case higher
    case lower
  }

  public var name: String
  public var kind: Kind
  /// The column that is added up.
  public var column: String
  /// Of a ratio: the column that it is divided by; nil for the number of rows.
  public var denominator: String?
  /// Of a mean: units' sums are cut at this quantile of all units' sums; nil for none.
  public var winsorize: Double?
  /// A column with something of before the test that is known of each row, whose mean over a unit's rows
  /// takes the place of a log of before; nil for none.
  public var covariate: String?
  public var better: Direction

  public init(
    _ name: String, _ kind: Kind, _ column: String, per denominator: String? = nil,
    winsorize: Double? = nil, better: Direction = .higher
  ) {
    (self.name, self.kind, self.column, self.denominator) = (name, kind, column, denominator)
    (self.winsorize, self.better) = (winsorize, better)
  }
}
