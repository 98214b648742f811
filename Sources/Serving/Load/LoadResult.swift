/// What a server made of a load.
package struct LoadResult: Sendable, Codable {
  /// Requests a second that were meant to be sent; nil where each waited for the one before it.
  package var offered: Double?
  package var connections = 0
  package var seconds = 0.0
  /// Requests that came to be due within the time.
  package var requests = 0
  /// Those that were answered, those that were refused for want of room (429, 503), and those that failed: another
  /// status, a connection that ended, or no answer until long after the end.
  package var answered = 0
  package var refused = 0
  package var failed = 0
  /// What failed, by how: a status, `closed` for a connection that ended, `unanswered` long after the end.
  package var failures: [String: Int] = [:]
  /// Answers that differ from the first one to the same request.
  package var different = 0
  /// Milliseconds from when a request was due to its answer.
  package var latency = Percentiles()
  /// The same from when it was really sent: without what it waited for a connection of the client's to be free.
  package var sinceSent = Percentiles()
  /// Both of those that were refused.
  package var refusal = Percentiles()
  package var refusalSinceSent = Percentiles()
  /// Answers a second.
  package var throughput = 0.0

  mutating func fail(_ how: String, _ count: Int = 1) {
    guard count > 0 else { return }
    failed += count
    failures[how, default: 0] += count
  }

  package struct Percentiles: Sendable, Codable {
    package var median = 0.0
    package var p90 = 0.0
    package var p99 = 0.0
    package var p999 = 0.0
    package var most = 0.0

    init() {}

    /// - Parameter nanoseconds: of each request.
    init(_ nanoseconds: [Int64]) {
      let sorted = nanoseconds.sorted()
      guard !sorted.isEmpty else { return }
      func at(_ share: Double) -> Double {
        // The least time that so many of the requests did not exceed.
        let rank = Int((share * Double(sorted.count)).rounded(.up)) - 1
        return Double(sorted[max(0, min(sorted.count - 1, rank))]) * 1e-6
      }
      (median, p90, p99, p999, most) = (at(0.5), at(0.9), at(0.99), at(0.999), at(1))
    }
  }
}
