import Foundation
import Random

/// A request: who asks and when, and the items that may be shown.
public struct MarketRequest: Sendable, Hashable {
  /// Tells it from all others of the market; random numbers go by it.
  let key: UInt64
  public let user: Int
  /// Seconds since the day began.
  public let second: Int
  /// The items' numbers, in no order.
  public let candidates: [Int]

  public var hour: Int { second / 3600 }
}

extension MarketTruth {
  /// The requests of a day in the order of their times, the same whatever is shown.
  public func requests(on day: Int) -> [MarketRequest] {
    let catalogue = catalogue(on: day)
    var requests: [MarketRequest] = []
    for (user, profile) in users.enumerated() {
      var stream = RandomStream(
        seed: settings.seed ^ 0x5EED_0F_DA15, purpose: UInt64(day) << 40 | UInt64(user))
      for number in 0..<Self.poisson(profile.requests, &stream) {
        let key = (UInt64(day) << 32 | UInt64(user)) << 16 | UInt64(number & 0xFFFF)
        let second = Self.second(&stream)
        requests.append(
          MarketRequest(
            key: key, user: user, second: second, candidates: candidates(catalogue, &stream)))
      }
    }
    return requests.sorted { ($0.second, $0.key) < ($1.second, $1.key) }
  }

  private func candidates(_ catalogue: Range<Int>, _ stream: inout RandomStream) -> [Int] {
    var chosen: [Int] = []
    chosen.reserveCapacity(settings.candidates)
    while chosen.count < settings.candidates {
      let number = catalogue.lowerBound + Int(stream.uniform() * Double(catalogue.count))
      if !chosen.contains(number) { chosen.append(number) }
    }
    return chosen
  }

  /// Few at night, most in the evening.
  private static func second(_ stream: inout RandomStream) -> Int {
    while true {
      let second = Int(stream.uniform() * 86_400)
      let height = 0.55 - 0.45 * cos(2 * Double.pi * (Double(second) / 86_400 - 0.17))
      if stream.uniform() < height { return second }
    }
  }

  private static func poisson(_ mean: Double, _ stream: inout RandomStream) -> Int {
    // In pieces, as exp(−mean) is 0 for a large one.
    var (left, count) = (mean, 0)
    while left > 0 {
      let piece = min(left, 30)
      left -= piece
      let bound = exp(-piece)
      var product = stream.uniform()
      while product > bound {
        count += 1
        product *= stream.uniform()
      }
    }
    return count
  }
}

/// The chances of a request, the same whatever is shown: a policy that shows the same item at the same place
/// gets the same click.
struct RequestChances {
  let isExplored: Bool
  /// The order of the candidates where it is.
  let shuffled: [Int]
  /// For each candidate what a click and an order are decided by.
  let click: [Double]
  let order: [Double]

  init(_ request: MarketRequest, _ settings: MarketSettings) {
    var stream = RandomStream(seed: settings.seed ^ 0xC11C_5EED, purpose: request.key)
    let count = request.candidates.count
    isExplored = stream.uniform() < settings.exploration
    click = (0..<count).map { _ in stream.uniform() }
    order = (0..<count).map { _ in stream.uniform() }
    let keys = (0..<count).map { _ in stream.nextWord() }
    shuffled = (0..<count).sorted { (keys[$0], $0) < (keys[$1], $1) }
  }
}
