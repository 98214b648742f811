import Support

/// The size and the nature of a click market: everything that decides its users, items, requests and clicks.
///
/// Two markets of equal settings are the same to the last click, whatever shows their items.
public struct MarketSettings: Sendable, Hashable, Codable {
  public var seed: UInt64 = 1
  public var users = 2000
  /// How many items can be shown on a day.
  public var items = 400
  /// How many of the oldest give way to new ones each day.
  public var newItems = 10
  /// N, the items among which a policy chooses at each request.
  public var candidates = 40
  /// K, the places of an answer.
  public var places = 4
  /// The mean number of a user's requests a day.
  public var requests = 3.0
  /// How users differ in activity: the deviation of the logarithm of their mean.
  public var activity = 0.5
  /// The logit of a click where nothing has an effect.
  public var clickBias = -2.5
  /// The logit of an order after a click.
  public var orderBias = -1.5
  /// The deviations of the first-order effects, of users with their surroundings and of items.
  public var userEffect = 0.5
  public var itemEffect = 0.7
  /// The deviation of the effects of pairs, user and surroundings with items.
  public var pairEffect = 0.6
  /// How far tastes turn a day, in radians; 0 for tastes that stay.
  public var drift = 0.0
  /// How steeply the examination of places falls: η of examination^η.
  public var placeEffect = 1.0
  /// ε, the share of requests whose candidates are shown in random order.
  public var exploration = 0.05

  public init() {}

  /// The seconds since 1970 at which day 0 begins.
  static let start = 1_767_571_200

  /// - Throws: `UserError` for a size that makes no market.
  package func check() throws {
    func require(_ isRight: Bool, _ name: String, _ found: Any, _ expected: String) throws {
      guard !isRight else { return }
      throw UserError(name, found: "\(found)", expected: expected, remedy: "correct it")
    }
    try require((2...10_000_000).contains(users), "users", users, "2 to 10,000,000")
    try require((2...1_000_000).contains(items), "items", items, "2 to 1,000,000")
    try require((0...items).contains(newItems), "new items", newItems, "0 to the items, \(items)")
    try require(
      (2...min(items, 1000)).contains(candidates), "candidates", candidates,
      "2 to \(min(items, 1000))")
    try require(
      (1...min(candidates, Examination.places)).contains(places), "places", places,
      "1 to \(min(candidates, Examination.places))")
    try require(requests > 0 && requests <= 1000, "requests", requests, "above 0, at most 1000")
    try require((0..<1).contains(exploration), "exploration", exploration, "from 0, below 1")
    for (name, value) in [
      ("activity", activity), ("user effect", userEffect), ("item effect", itemEffect),
      ("pair effect", pairEffect), ("drift", drift), ("place effect", placeEffect),
    ] { try require((0...10).contains(value), name, value, "0 to 10") }
  }
}

/// How likely a place is to be looked at: the position model, with the shares that Joachims et al. measured by
/// eye tracking, as ULTRA has them.
enum Examination {
  private static let shares = [0.68, 0.61, 0.48, 0.34, 0.28, 0.20, 0.11, 0.10, 0.08, 0.06]

  /// The most places.
  static let places = shares.count

  /// The shares of K places.
  static func shares(_ settings: MarketSettings) -> [Double] {
    shares.prefix(settings.places).map { power($0, settings.placeEffect) }
  }
}
