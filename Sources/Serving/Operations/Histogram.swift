import NIOCore
import Synchronization

/// How often values fell between bounds, as Prometheus counts them.
struct Histogram: Sendable {
  /// Upper bounds, ascending; one more bucket has no bound.
  let bounds: [Double]
  private(set) var counts: [UInt64]
  private(set) var sum = 0.0
  var count: UInt64 { counts.reduce(0, +) }

  init(_ bounds: [Double]) {
    self.bounds = bounds
    counts = [UInt64](repeating: 0, count: bounds.count + 1)
  }

  mutating func add(_ value: Double, times: UInt64 = 1) {
    counts[bounds.firstIndex { value <= $0 } ?? bounds.count] += times
    sum += value * Double(times)
  }

  /// Below what a share of the values lies, as the bounds let it be told; nil of no values.
  func quantile(_ share: Double) -> Double? {
    let total = count
    guard total > 0 else { return nil }
    var left = share * Double(total)
    for (index, count) in counts.enumerated() {
      if left <= Double(count) {
        let low = index == 0 ? 0 : bounds[index - 1]
        let high = index < bounds.count ? bounds[index] : low
        return low + (high - low) * left / Double(max(count, 1))
      }
      left -= Double(count)
    }
    return bounds.last
  }

  /// Seconds, from 50 µs to 10 s.
  static var latency: Histogram {
    Histogram([
      5e-5, 1e-4, 2e-4, 3e-4, 5e-4, 7.5e-4, 1e-3, 1.5e-3, 2e-3, 3e-3, 5e-3, 7.5e-3, 1e-2, 1.5e-2,
      2e-2, 3e-2, 5e-2, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
    ])
  }

  /// Rows, in powers of two.
  static var rows: Histogram { Histogram((0...13).map { Double(1 << $0) }) }

  /// Probabilities: narrower where clicks are rare.
  static var scores: Histogram {
    Histogram([
      0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7,
      0.8, 0.9, 1,
    ])
  }
}
