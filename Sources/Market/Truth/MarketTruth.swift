import Foundation
import Random

/// What is true of a market: who its users and items are, and how likely a click or an order is.
///
/// `logit p(click | looked at) = bias + Σ w + pairEffect/2 · ⟨P, Q⟩`, with P and Q the sums of the factors of the
/// request's columns and of the item's; a click takes a look at its place as well, `p = examination(place)·σ`.
/// An order after a click has a logit of its own, of effects that have half of their variance in common with
/// those of clicks.
public struct MarketTruth: Sendable {
  public let settings: MarketSettings

  /// A user: the values of the request's columns but the hour, the mean number of requests a day, and effects.
  struct User: Sendable {
    var values: [Int]
    var requests: Double
    var click: Effect
    var order: Effect
  }

  /// An item: the values of the columns from ``MarketColumn/item`` on, and effects.
  struct Item: Sendable {
    var values: [Int]
    var click: Effect
    var order: Effect
  }

  let users: [User]
  private(set) var items: [Item] = []
  private let hours: [(click: Effect, order: Effect)]
  let examination: [Double]

  /// - Parameter days: for so many days there are items.
  public init(_ settings: MarketSettings, days: Int) {
    self.settings = settings
    examination = Examination.shares(settings)
    var known: [MarketColumn: [(Effect, Effect)]] = [:]
    for column in MarketColumn.allCases {
      guard let count = column.cardinality else { continue }
      known[column] = (0..<count).map { Self.effects(settings.seed, column, $0) }
    }
    func effects(_ values: [Int], _ columns: [MarketColumn]) -> (click: Effect, order: Effect) {
      zip(columns, values).reduce((Effect(), Effect())) { sum, next in
        let (column, value) = next
        let own = known[column]?[value] ?? Self.effects(settings.seed, column, value)
        return (sum.0 + own.0 * column.share, sum.1 + own.1 * column.share)
      }
    }
    let ofUser = Array(MarketColumn.ofRequest.dropLast())
    users = (0..<settings.users).map { number in
      var stream = RandomStream(
        seed: settings.seed ^ UInt64(number) &* 0xD1B5_4A32_D192_ED03, purpose: "users")
      let values = [number] + ofUser.dropFirst().map { Self.value(of: $0, &stream) }
      let spread = settings.activity
      // Of mean 1.
      let rate = exp(spread * stream.normalPair().0 - spread * spread / 2)
      let (click, order) = effects(values, ofUser)
      return User(values: values, requests: settings.requests * rate, click: click, order: order)
    }
    items = (0..<settings.items + days * settings.newItems).map { number in
      var stream = RandomStream(
        seed: settings.seed ^ UInt64(number) &* 0xD1B5_4A32_D192_ED03, purpose: "items")
      let values = [number] + MarketColumn.ofItem.dropFirst().map { Self.value(of: $0, &stream) }
      let (click, order) = effects(values, MarketColumn.ofItem)
      return Item(values: values, click: click, order: order)
    }
    hours = known[.hour]!.map {
      ($0.0 * MarketColumn.hour.share, $0.1 * MarketColumn.hour.share)
    }
  }

  /// The effects of a value, on clicks and on orders: half of their variance is the same.
  private static func effects(
    _ seed: UInt64, _ column: MarketColumn, _ value: Int
  ) -> (click: Effect, order: Effect) {
    let click = Effect(seed: seed, purpose: "clicks", column, value)
    let own = Effect(seed: seed, purpose: "orders", column, value)
    return (click, (click + own) * 0.5.squareRoot())
  }

  /// A value of a column, the first ones more often.
  private static func value(of column: MarketColumn, _ stream: inout RandomStream) -> Int {
    let count = Double(column.cardinality!)
    return Int(count * power(stream.uniform(), 1.4))
  }

  /// The numbers of the items that can be shown on a day.
  public func catalogue(on day: Int) -> Range<Int> {
    let first = day * settings.newItems
    return first..<first + settings.items
  }

  /// On which day an item came; 0 for those of the beginning.
  func arrival(of item: Int) -> Int {
    guard item >= settings.items else { return 0 }
    return (item - settings.items) / max(settings.newItems, 1) + 1
  }

  /// How likely a click is where the place is looked at, and an order after it, for each candidate.
  func probabilities(
    of request: MarketRequest, on day: Int
  ) -> [(click: Double, order: Double)] {
    let user = users[request.user]
    let hour = hours[request.hour]
    let click = user.click + hour.click
    let order = user.order + hour.order
    let angle = settings.drift * Double(day)
    // Turning who asks turns all pairs.
    let clickFactors = click.turned(by: angle).factors
    let orderFactors = order.turned(by: angle).factors
    return request.candidates.map { number in
      let item = items[number]
      func probability(
        _ bias: Double, _ weight: Double, _ factors: SIMD4<Double>, _ effect: Effect
      ) -> Double {
        let pair = (factors * effect.factors).sum() * settings.pairEffect / 2
        let logit =
          bias + settings.userEffect * weight + settings.itemEffect * effect.weight + pair
        return 1 / (1 + exp(-logit))
      }
      return (
        probability(settings.clickBias, click.weight, clickFactors, item.click),
        probability(settings.orderBias, order.weight, orderFactors, item.order)
      )
    }
  }
}
