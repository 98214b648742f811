import Random
import Synchronization
import Testing

@testable import Data
@testable import Datasets

@Suite struct BatchTests {
  static let layout = BatchLayout(features: 100, fields: 2, slotFields: [0, 1, 1], weighted: true)

  /// A dataset whose ids tell the row.
  static func dataset(rows: Int) throws -> Dataset {
    try Dataset(
      layout: layout, ids: (0..<rows * 3).map { Int32($0 % 100) },
      values: (0..<rows * 3).map(Float.init), labels: (0..<rows).map { Float($0 % 2) },
      weights: (0..<rows).map(Float.init))
  }

  @Test func `a batch holds the rows in their order`() throws {
    let batch = try Self.dataset(rows: 10).batch(of: [7, 0, 7])
    #expect(batch.rows == 3)
    #expect(batch.ids == [21, 22, 23, 0, 1, 2, 21, 22, 23])
    #expect(batch.values == [21, 22, 23, 0, 1, 2, 21, 22, 23])
    #expect(batch.labels == [1, 0, 1])
    #expect(batch.weights == [7, 0, 7])
  }

  @Test(arguments: [(0, 4), (1, 4), (4, 4), (10, 4), (10, 1), (10, 100)])
  func `a pass visits every row once`(rows: Int, batchSize: Int) throws {
    let data = try Self.dataset(rows: rows)
    for order in [RowOrder.sequential, .shuffled(seed: 5, epoch: 2)] {
      let loader = BatchLoader(data, batchSize: batchSize, order: order)
      let batches = Array(loader)
      #expect(batches.count == loader.count)
      #expect(batches.dropLast().allSatisfy { $0.rows == batchSize })
      let visited = batches.flatMap { $0.weights! }
      #expect(visited.sorted() == (0..<rows).map(Float.init))
      if order == .sequential { #expect(visited == visited.sorted()) }
      #expect(loader.next() == nil)
    }
  }

  @Test func `a rank's part of a batch has the pieces of the whole`() throws {
    let data = try Self.dataset(rows: 30)
    let part: @Sendable (Int) -> Range<Int> = { $0 / 3..<$0 }
    let wholes = BatchLoader(data, batchSize: 12, order: .shuffled(seed: 5, epoch: 2))
    let parts = BatchLoader(data, batchSize: 12, order: .shuffled(seed: 5, epoch: 2), part: part)
    for (whole, own) in zip(wholes, parts) {
      let rows = part(whole.rows)
      #expect(own.rows == rows.count && own.wholeRows == whole.rows)
      #expect(own.totalWeight == whole.totalWeight)
      for place in [rows, rows.upperBound - 1..<rows.upperBound] {
        let (ours, theirs) = (own.piece(place), whole.piece(place))
        #expect(ours.ids == theirs.ids && ours.values == theirs.values)
        #expect(ours.labels == theirs.labels && ours.weights == theirs.weights)
        #expect(ours.totalWeight == theirs.totalWeight && ours.wholeRows == whole.rows)
      }
    }
    #expect(parts.count == 3)
  }

  /// Arrays that a test looks into.
  final class Arrays: BatchPlace, @unchecked Sendable {
    let ids = UnsafeMutablePointer<Int32>.allocate(capacity: 12 * 3)
    let values = UnsafeMutablePointer<Float>.allocate(capacity: 12 * 3)
    let labels = UnsafeMutablePointer<Float>.allocate(capacity: 12)
    let weights = UnsafeMutablePointer<Float>.allocate(capacity: 12)
    let readsRows = true

    func fill(with rows: ArraySlice<Int>, of dataset: Dataset) {
      dataset.copy(rows, ids: ids, values: values, labels: labels, weights: weights)
    }

    deinit {
      ids.deallocate()
      for numbers in [values, labels, weights] { numbers.deallocate() }
    }
  }

  @Test func `places hold what arrays do, and are taken again`() throws {
    let data = try Self.dataset(rows: 100)
    let part: @Sendable (Int) -> Range<Int> = { $0 / 3..<$0 }
    let made = Atomic(0)
    let places = BatchPlaces {
      made.add(1, ordering: .relaxed)
      return Arrays()
    }
    for part in [nil, part] {
      let order = RowOrder.shuffled(seed: 5, epoch: 2)
      let expected = BatchLoader(data, batchSize: 12, order: order, part: part)
      for (whole, placed) in zip(
        expected,
        BatchLoader(data, batchSize: 12, order: order, prefetch: 2, part: part, in: places))
      {
        #expect(placed.rows == whole.rows && placed.wholeRows == whole.wholeRows)
        #expect(placed.totalWeight == whole.totalWeight && placed.hasWeights)
        let last = whole.wholeRows - 1..<whole.wholeRows
        for (whole, placed) in [(whole, placed), (whole.piece(last), placed.piece(last))] {
          let (lent, first) = try #require(placed.placed)
          let arrays = try #require(lent.place as? Arrays)
          func found<Element>(_ start: UnsafeMutablePointer<Element>, _ width: Int) -> [Element] {
            Array(UnsafeBufferPointer(start: start + first * width, count: placed.rows * width))
          }
          #expect(found(arrays.ids, 3) == whole.ids && found(arrays.values, 3) == whole.values)
          #expect(found(arrays.labels, 1) == whole.labels)
          #expect(found(arrays.weights, 1) == whole.weights)
        }
      }
    }
    // Two are prepared ahead, one is in use, and one pass may begin before the other's threads have ended.
    #expect(made.load(ordering: .relaxed) <= 6)
  }

  @Test func `the order is that of seed and epoch`() throws {
    let data = try Self.dataset(rows: 500)
    func order(_ seed: UInt64, _ epoch: Int, _ size: Int = 64) -> [Float] {
      BatchLoader(data, batchSize: size, order: .shuffled(seed: seed, epoch: epoch))
        .flatMap { $0.weights! }
    }
    #expect(order(1, 1) == order(1, 1, 7))
    #expect(order(1, 1) != order(1, 2))
    #expect(order(1, 1) != order(2, 1))
  }

  @Test func `the order is the same on every machine`() {
    var rows = ShuffledRows(10, seed: 1, epoch: 0)
    #expect(rows.take(7) + rows.take(7) == [6, 9, 0, 3, 5, 8, 4, 1, 2, 7])
  }

  @Test func `every permutation is as likely`() {
    var counts: [[Int]: Int] = [:]
    for epoch in 0..<2_400 {
      var rows = ShuffledRows(4, seed: 9, epoch: epoch)
      counts[rows.take(4), default: 0] += 1
    }
    // Twenty-four permutations, 100 each on average: five standard deviations.
    #expect(counts.count == 24 && counts.values.allSatisfy { abs($0 - 100) < 50 })
  }

  /// Windows of 16 rows in runs of 4, over numbers of rows that fill them or not.
  @Test(arguments: [0, 1, 15, 16, 17, 19, 33, 64, 66, 127, 1_000])
  func `windows visit every row once and stay among their runs`(count: Int) {
    for epoch in 0..<20 {
      var rows = ShuffledRows(count, seed: 3, epoch: epoch, window: 16, run: 4)
      var visited: [Int] = []
      while case let taken = rows.take(7), !taken.isEmpty { visited += taken }
      #expect(visited.sorted() == Array(0..<count))
      var fetched = ShuffledRows(count, seed: 3, epoch: epoch, window: 16, run: 4)
      var ahead: [Int] = []
      for first in 0..<count {
        let row = fetched.take(1)[0]
        ahead += fetched.takeAhead().flatMap { Array($0) }
        if count > 16 { #expect(ahead.contains(row), "\(first)") }
      }
      // The rows of a window fill whole runs, but for the run that is short.
      guard count > 16, count % 4 == 0 else { continue }
      for start in stride(from: 0, to: count, by: 16) {
        let window = visited[start..<min(start + 16, count)]
        #expect(Set(window.map { $0 / 4 }).count == (window.count + 3) / 4)
      }
    }
    guard count > 64 else { return }
    let orders = (0..<2).map { epoch in
      var rows = ShuffledRows(count, seed: 3, epoch: epoch, window: 16, run: 4)
      return rows.take(count)
    }
    #expect(orders[0] != orders[1])
    #expect(Set(orders[0].prefix(16).map { $0 / 4 }) != Set(orders[1].prefix(16).map { $0 / 4 }))
  }

  @Test func `the batches are the same on any number of threads`() throws {
    let data = try Self.dataset(rows: 1_000)
    func weights(_ threads: Int) -> [[Float]] {
      BatchLoader(data, batchSize: 7, order: .shuffled(seed: 2, epoch: 3), threads: threads)
        .map { $0.weights! }
    }
    let one = weights(1)
    for threads in [2, 3, 8] { #expect(weights(threads) == one) }
  }

  @Test func `rows are found in whatever segment they are`() throws {
    let whole = try Self.dataset(rows: 50)
    let parts = [0..<1, 1..<1, 1..<20, 20..<50].map { whole.selecting($0) }
    let joined = Dataset(
      layout: Self.layout, segments: parts.flatMap(\.segments), isLabelled: true, statistics: [])
    #expect(joined.rows == 50 && joined.hasWeights && joined.segments.count == 3)
    #expect(joined.ids == whole.ids && joined.values == whole.values)
    #expect(joined.labels == whole.labels && joined.weights == whole.weights)
    let rows = [49, 0, 20, 19, 1, 1, 30]
    #expect(joined.batch(of: rows).ids == whole.batch(of: rows).ids)
    #expect(joined.batch(of: rows).weights == rows.map(Float.init))
    #expect(joined.selecting(rows).values == whole.selecting(rows).values)
  }

  @Test func `an abandoned loader ends`() throws {
    let data = try Self.dataset(rows: 10_000)
    for taken in 0..<50 {
      var loader: BatchLoader? = BatchLoader(
        data, batchSize: 3, prefetch: 1 + taken % 4, threads: 1 + taken % 3)
      for _ in 0..<taken { _ = loader?.next() }
      loader = nil
    }
  }

  @Test func `waiting is measured`() throws {
    let loader = BatchLoader(try Self.dataset(rows: 1_000), batchSize: 10)
    while loader.next() != nil {}
    #expect(loader.waited > .zero)
  }

  @Test(
    arguments: [
      ([100, 0, 0], [1, 1, 1], [0], "id 100, expected -1 or an id below 100"),
      ([0, -2, 0], [1, 1, 1], [0], "id -2, expected -1 or an id below 100"),
      ([0, 0], [1, 1], [0], "2 ids, expected 1 rows × 3 slots"),
      ([0, 0, 0], nil, [0], "no values, expected 3, since the layout is weighted"),
      ([0, 0, 0], [1, .nan, 1], [0], "value nan, expected a finite number"),
      ([0, 0, 0], [1, 1, 1], [0.5], "label 0.5, expected 0 or 1"),
    ] as [([Int32], [Float]?, [Float], String)])
  func `arrays that do not fit are refused`(
    ids: [Int32], values: [Float]?, labels: [Float], expected: String
  ) {
    #expect(
      message { _ = try Dataset(layout: Self.layout, ids: ids, values: values, labels: labels) }
        == "dataset: found \(expected); correct the arrays given")
  }
}
