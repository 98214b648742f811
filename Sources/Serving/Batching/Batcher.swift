import Foundation
import NIOCore

/// The queue before one scorer: gathers what waits into batches, and runs one after the other.
///
/// A request that finds the scorer idle runs at once: a small one on the thread that read it, since waking
/// another one costs as much as it takes, others on the scorer's own. What comes meanwhile is gathered.
///
/// Where the scorer has no core but the one that reads, the same thread does both in turn: it reads what has come,
/// refuses what there is no room for, and computes a small batch. Two threads would take the core from each other,
/// and who came first would wait for a large batch.
final class Batcher: @unchecked Sendable {
  // Sendable: `condition` guards the state, and the scorer is used by whoever has set `isBusy`.
  private let scorer: any Scorer
  private let policy: BatchingPolicy
  private let sharesCore: Bool
  private let condition = NSCondition()
  private var queue: [ScoreJob] = []
  private var waiting = 0
  private var batches = 0
  private var isBusy = false
  /// Whether somebody is about to call ``start()``.
  private var isDue = false
  /// Whether the thread is to look after the queue.
  private var isCalled = false
  private var isClosed = false
  /// Whether the next batch waits to be filled.
  private var isFilling = false

  init(_ scorer: any Scorer, _ policy: BatchingPolicy) {
    (self.scorer, self.policy) = (scorer, policy)
    sharesCore = scorer.hasOneCore && policy.maxDelay == .zero && policy.inlineRows > 0
    let thread = Thread { [self] in work() }
    thread.name = "scorer"
    thread.stackSize = 8 << 20
    thread.start()
  }

  /// How many rows wait.
  var waitingRows: Int { condition.withLock { waiting } }

  /// How many batches have been run.
  var executions: Int { condition.withLock { batches } }

  /// Whether a request of about so many rows would be refused.
  func isFull(for rows: Int = 0) -> Bool {
    condition.withLock { waiting > 0 && waiting + max(rows, 1) > policy.maxQueue }
  }

  /// Puts a job into the queue.
  ///
  /// - Returns: whether the scorer is idle, and nobody else was told so: the caller then calls ``start()`` once it
  ///   has read whatever else has come.
  /// - Throws: ``RequestError`` where there is no more room.
  func add(_ job: ScoreJob) throws(RequestError) -> Bool {
    condition.lock()
    defer { condition.unlock() }
    guard !isClosed else {
      throw RequestError(
        .serviceUnavailable, .unavailable, "the model was taken down", retryAfter: 1)
    }
    // A request by itself is always taken, however large.
    guard waiting == 0 || waiting + job.rows <= policy.maxQueue else {
      throw RequestError(
        .serviceUnavailable, .overload,
        "overload: \(waiting) rows wait already, at most \(policy.maxQueue) may", retryAfter: 1)
    }
    queue.append(job)
    waiting += job.rows
    if isFilling && waiting >= policy.maxBatch { condition.broadcast() }
    guard !isBusy, !isDue else { return false }
    isDue = true
    return true
  }

  /// Runs what waits if the scorer is idle.
  ///
  /// - Returns: whether the caller is to come again once it has read what has come meanwhile.
  func start() -> Bool {
    condition.lock()
    defer { condition.unlock() }
    isDue = false
    // Not the job itself: it may be the last to hold its model.
    guard !isBusy, let rows = queue.first?.rows else { return false }
    if sharesCore, rows <= policy.maxBatch {
      runBatch(of: policy.turnRows)
      isDue = !queue.isEmpty
      return isDue
    }
    if waiting <= policy.inlineRows { runBatch(of: policy.maxBatch) }
    if !queue.isEmpty {
      isCalled = true
      condition.signal()
    }
    return false
  }

  /// Lets the thread end once the queue is empty; nothing is taken any more.
  func close() {
    condition.withLock {
      isClosed = true
      condition.broadcast()
    }
  }

  /// The thread's work.
  private func work() {
    condition.lock()
    while true {
      while !(isCalled && !isBusy && !queue.isEmpty) {
        if isClosed && queue.isEmpty { return condition.unlock() }
        if isClosed && !isBusy { isCalled = true } else { condition.wait() }
      }
      runBatch(of: policy.maxBatch)
      waitForMore()
      if queue.isEmpty { isCalled = false }
    }
  }

  /// Lets the next batch fill for a while, since the scorer is not idle but between two batches.
  private func waitForMore() {
    guard policy.maxDelay > .zero, let first = queue.first else { return }
    let end = first.times.arrived + policy.maxDelay
    (isBusy, isFilling) = (true, true)
    defer { (isBusy, isFilling) = (false, false) }
    while waiting < policy.maxBatch, !isClosed {
      let left = end - .now()
      guard left > .zero else { return }
      _ = condition.wait(until: Date(timeIntervalSinceNow: Double(left.nanoseconds) * 1e-9))
    }
  }

  /// Takes the jobs that fit into a batch, and runs them without the lock.
  private func runBatch(of most: Int) {
    var (count, rows) = (0, 0)
    while count < queue.count, count == 0 || rows + queue[count].rows <= most {
      rows += queue[count].rows
      count += 1
    }
    var jobs = Array(queue[..<count])
    queue.removeFirst(count)
    waiting -= rows
    batches += 1
    isBusy = true
    condition.unlock()
    let begun = NIODeadline.now()
    jobs.removeAll { job in
      job.times.begun = begun
      guard let deadline = job.deadline, deadline <= begun else { return false }
      job.finish(
        .failure(
          RequestError(
            .gatewayTimeout, .deadline, "the request's time was over before it was begun",
            retryAfter: 1)))
      return true
    }
    if !jobs.isEmpty { run(jobs) }
    // A job may be the last to hold its model, which then closes this queue: not under the lock.
    jobs.removeAll()
    condition.lock()
    isBusy = false
  }

  private func run(_ jobs: [ScoreJob]) {
    let rows = jobs.reduce(0) { $0 + $1.rows }
    for job in jobs { job.batchRows = rows }
    do {
      let probabilities = try scorer.predict(jobs)
      if jobs.count == 1 { return jobs[0].finish(.success(probabilities)) }
      var first = 0
      for job in jobs {
        job.finish(.success(Array(probabilities[first..<first + job.rows])))
        first += job.rows
      }
    } catch {
      let failure = RequestError(.internalServerError, .failed, "\(error)")
      for job in jobs { job.finish(.failure(failure)) }
    }
  }
}
