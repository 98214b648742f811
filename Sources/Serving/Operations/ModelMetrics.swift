import Data
import NIOCore
import Synchronization

/// What a version of a model has counted since it was loaded.
final class ModelMetrics: Sendable {
  /// A part of the time that a request takes.
  enum Stage: String, CaseIterable, Sendable {
    /// From the body's last byte to encoded rows.
    case decode
    /// In the queue.
    case queue
    /// On the device, with whatever was computed together.
    case compute
    /// From the head's arrival to the answer's writing.
    case total
  }

  struct Counts: Sendable {
    var requests: UInt64 = 0
    var rows: UInt64 = 0
    var errors: [RequestError.Reason: UInt64] = [:]
    var fallbacks: UInt64 = 0
    var stages = [Histogram](repeating: .latency, count: Stage.allCases.count)
    var batchRows = Histogram.rows
    var scores = Histogram.scores
    var unknown: [UInt64]
    var missing: [UInt64]
    /// The second in which the last request was answered, and how many of each of the last ones.
    var recent = RecentRate()
  }

  let fields: [String]
  private let state: Mutex<Counts>

  init(fields: [String]) {
    self.fields = fields
    let none = [UInt64](repeating: 0, count: fields.count)
    state = Mutex(Counts(unknown: none, missing: none))
  }

  var counts: Counts { state.withLock { $0 } }

  func failed(_ reason: RequestError.Reason, fallback: Bool = false) {
    state.withLock {
      $0.errors[reason, default: 0] += 1
      if fallback { $0.fallbacks += 1 }
    }
  }

  /// A request that was answered.
  func answered(
    _ job: ScoreJob, _ probabilities: [Float], _ statistics: [FieldStatistics],
    decode: TimeAmount, total: TimeAmount
  ) {
    state.withLock { counts in
      counts.requests += 1
      counts.rows += UInt64(job.rows)
      counts.recent.add(at: .now())
      // Each of the requests of a batch counts its part of it.
      counts.batchRows.add(Double(job.batchRows))
      for (stage, time) in zip(
        Stage.allCases, [decode, job.times.queued, job.times.computed, total])
      {
        counts.stages[Self.index(stage)].add(time.seconds)
      }
      for probability in probabilities { counts.scores.add(Double(probability)) }
      for (field, statistics) in statistics.enumerated() {
        counts.unknown[field] += UInt64(statistics.unknown)
        counts.missing[field] += UInt64(statistics.missing)
      }
    }
  }

  private static func index(_ stage: Stage) -> Int { Stage.allCases.firstIndex(of: stage)! }
}

extension TimeAmount {
  var seconds: Double { Double(nanoseconds) * 1e-9 }
  var microseconds: Int64 { nanoseconds / 1000 }
}

/// How many requests came in each of the last ten seconds.
struct RecentRate: Sendable {
  private var seconds = [UInt64](repeating: 0, count: 11)
  private var last: UInt64 = 0

  mutating func add(at time: NIODeadline) {
    advance(to: time)
    seconds[Int(last % 11)] += 1
  }

  /// Requests a second over the last ten whole seconds.
  func rate(at time: NIODeadline) -> Double {
    var copy = self
    copy.advance(to: time)
    let whole = copy.seconds.indices.filter { $0 != Int(copy.last % 11) }
    return Double(whole.reduce(0) { $0 + copy.seconds[$1] }) / 10
  }

  private mutating func advance(to time: NIODeadline) {
    let now = time.uptimeNanoseconds / 1_000_000_000
    guard now > last else { return }
    for second in max(last + 1, now >= 11 ? now - 10 : 0)...now { seconds[Int(second % 11)] = 0 }
    last = now
  }
}
