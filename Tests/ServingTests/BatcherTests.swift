import Data
import Foundation
import NIOCore
import Synchronization
import Testing

@testable import Serving

/// A scorer that waits to be let go, and tells how many rows came together. A row's probability is its id.
private final class HeldScorer: Scorer, @unchecked Sendable {
  let capacity = 8
  let hasOneCore: Bool
  let batches = Mutex<[Int]>([])
  private let gate = DispatchSemaphore(value: 0)
  private let began = DispatchSemaphore(value: 0)

  init(hasOneCore: Bool = false) { self.hasOneCore = hasOneCore }

  func predict(_ batch: Batch) -> [Float] {
    batches.withLock { $0.append(batch.rows) }
    began.signal()
    gate.wait()
    return batch.ids.map { Float($0) }
  }

  func waitForBatch() { began.wait() }
  func letGo(_ count: Int) { for _ in 0..<count { gate.signal() } }
}

@Suite struct `Requests are gathered into batches` {
  private static let layout = BatchLayout(
    features: 1000, fields: 1, slotFields: [0], weighted: false)

  private static func batch(_ ids: Range<Int32>) -> Batch {
    Batch(
      layout: layout, ids: Array(ids), labels: [Float](repeating: 0, count: ids.count))
  }

  /// Results by the first id.
  private final class Results: Sendable {
    let all = Mutex<[Int32: Result<[Float], RequestError>]>([:])
    let group = DispatchGroup()

    func job(_ ids: Range<Int32>, deadline: NIODeadline? = nil) -> ScoreJob {
      group.enter()
      return ScoreJob(batch(ids), deadline: deadline) { [self] _, result in
        all.withLock { $0[ids.lowerBound] = result }
        group.leave()
      }
    }
  }

  private func policy(_ change: (inout BatchingPolicy) -> Void = { _ in }) -> BatchingPolicy {
    var policy = BatchingPolicy()
    (policy.maxBatch, policy.maxQueue, policy.inlineRows) = (8, 20, 0)
    change(&policy)
    return policy
  }

  @Test func `the first runs at once, those that come meanwhile together`() throws {
    let (scorer, results) = (HeldScorer(), Results())
    let batcher = Batcher(scorer, policy())
    #expect(try batcher.add(results.job(0..<1)))
    _ = batcher.start()
    scorer.waitForBatch()
    for first in [1, 3, 5, 7] as [Int32] {
      #expect(try !batcher.add(results.job(first..<first + 2)))
    }
    #expect(try !batcher.add(results.job(100..<103)))
    scorer.letGo(3)
    results.group.wait()
    #expect(scorer.batches.withLock { $0 } == [1, 8, 3])
    results.all.withLock { all in
      #expect(all[5].flatMap { try? $0.get() } == [5, 6])
      #expect(all[100].flatMap { try? $0.get() } == [100, 101, 102])
    }
    batcher.close()
  }

  @Test func `one larger than a batch is computed in several`() throws {
    let (scorer, results) = (HeldScorer(), Results())
    let batcher = Batcher(scorer, policy())
    _ = try batcher.add(results.job(0..<19))
    scorer.letGo(3)
    _ = batcher.start()
    results.group.wait()
    #expect(scorer.batches.withLock { $0 } == [8, 8, 3])
    #expect(results.all.withLock { $0[0].flatMap { try? $0.get() } } == (0..<19).map { Float($0) })
    batcher.close()
  }

  @Test func `over the bound they are refused, and late ones never run`() throws {
    let (scorer, results) = (HeldScorer(), Results())
    let batcher = Batcher(scorer, policy())
    _ = try batcher.add(results.job(0..<1))
    _ = batcher.start()
    scorer.waitForBatch()
    _ = try batcher.add(results.job(10..<18, deadline: .uptimeNanoseconds(1)))
    _ = try batcher.add(results.job(20..<32))
    #expect(batcher.isFull())
    let refused = results.job(40..<41)
    #expect {
      _ = try batcher.add(refused)
    } throws: {
      ($0 as? RequestError)?.reason == .overload && ($0 as? RequestError)?.retryAfter == 1
    }
    refused.finish(.success([]))
    scorer.letGo(3)
    results.group.wait()
    #expect(scorer.batches.withLock { $0 } == [1, 8, 4])
    results.all.withLock { all in
      #expect(throws: RequestError.self) { try all[10]?.get() }
      #expect(all[20].flatMap { try? $0.get() }?.count == 12)
    }
    batcher.close()
  }

  @Test func `what waits is answered before the queue is closed`() throws {
    let (scorer, results) = (HeldScorer(), Results())
    let batcher = Batcher(scorer, policy())
    _ = try batcher.add(results.job(0..<1))
    _ = batcher.start()
    scorer.waitForBatch()
    _ = try batcher.add(results.job(1..<2))
    batcher.close()
    #expect(throws: RequestError.self) {
      try batcher.add(ScoreJob(Self.batch(0..<1), deadline: nil) { _, _ in })
    }
    scorer.letGo(2)
    results.group.wait()
    #expect(results.all.withLock { $0.count } == 2)
  }

  @Test func `on one core a thread computes a few in its turn, and is to come again`() throws {
    let (scorer, results) = (HeldScorer(hasOneCore: true), Results())
    let batcher = Batcher(
      scorer,
      policy {
        ($0.inlineRows, $0.turnRows) = (1, 4)
      })
    #expect(try batcher.add(results.job(0..<3)))
    // Who was told so comes once for all of them.
    for first in [3, 5, 7] as [Int32] {
      #expect(try !batcher.add(results.job(first..<first + 2)))
    }
    scorer.letGo(3)
    #expect(batcher.start())
    #expect(scorer.batches.withLock { $0 } == [3])
    #expect(batcher.start())
    #expect(!batcher.start())
    #expect(scorer.batches.withLock { $0 } == [3, 4, 2])
    #expect(!batcher.start())
    results.group.wait()
    results.all.withLock { #expect($0[7].flatMap { try? $0.get() } == [7, 8]) }
    batcher.close()
  }

  @Test func `one that is larger than a batch does not hold the only thread that reads`() throws {
    let (scorer, results) = (HeldScorer(hasOneCore: true), Results())
    let batcher = Batcher(scorer, policy { $0.inlineRows = 1 })
    #expect(try batcher.add(results.job(0..<12)))
    #expect(!batcher.start())
    scorer.letGo(2)
    results.group.wait()
    #expect(scorer.batches.withLock { $0 } == [8, 4])
    batcher.close()
  }
}
