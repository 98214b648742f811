/// What a policy would earn with all requests of a day, by the truth.
public struct ExpectedSuccess: Sendable, Hashable, Codable {
  public var impressions = 0
  public var clicks = 0.0
  public var orders = 0.0
  /// The impressions of items that came today or yesterday.
  public var fresh = 0

  public init() {}

  static func + (a: ExpectedSuccess, b: ExpectedSuccess) -> ExpectedSuccess {
    var sum = a
    sum.impressions += b.impressions
    sum.clicks += b.clicks
    sum.orders += b.orders
    sum.fresh += b.fresh
    return sum
  }

  public var clickRate: Double { clicks / Double(max(impressions, 1)) }
  public var orderRate: Double { clicks > 0 ? orders / clicks : 0 }
}

/// How well a model tells clicks apart, by the log it is asked of.
public struct OfflineAUC: Sendable, Hashable, Codable {
  /// Of all candidates, each looked at: nobody has chosen what is judged.
  public var uniform: Double?
  /// Of what the control showed: items that it likes alone, at their places.
  public var shown: Double?
}

/// A day of a market.
public struct MarketDay: Sendable, Codable {
  public var day: Int
  public var phase: MarketPhase
  public var requests: Int
  /// What was logged.
  public var impressions: Int
  public var clicks: Int
  public var orders: Int
  /// By policy: those that were asked, and "oracle" and "random".
  public var expected: [String: ExpectedSuccess]
  public var auc: [String: OfflineAUC]
}
