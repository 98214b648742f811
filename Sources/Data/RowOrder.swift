import Random

/// The order in which the rows of a dataset are visited.
package enum RowOrder: Sendable, Hashable {
  /// As they stand.
  case sequential
  /// At random, the same for the same seed and epoch.
  ///
  /// Up to ``ShuffledRows/window`` rows every order is as likely as any other. More rows are cut into
  /// runs of ``ShuffledRows/run``, the runs are shuffled over the whole dataset, and the rows of a
  /// window of runs among themselves: memory stays bounded, and files are read in long pieces.
  case shuffled(seed: UInt64, epoch: Int)

  /// A random order of `count` numbers from 0; Fisher–Yates from the end.
  static func permutation(of count: Int, _ stream: inout RandomStream) -> [Int32] {
    var rows = [Int32](0..<Int32(count))
    rows.withUnsafeMutableBufferPointer { rows in
      for last in stride(from: count - 1, to: 0, by: -1) {
        rows.swapAt(last, stream.below(UInt32(last + 1)))
      }
    }
    return rows
  }
}

/// The rows of one pass in random order, window by window.
struct ShuffledRows {
  /// The rows that are shuffled among themselves, and held at a time.
  static let window = 1 << 22
  /// The rows that stay together until their window is shuffled.
  static let run = 1 << 12

  private let rows: Int
  private let window: Int
  private let run: Int
  /// The runs in the order of their visit; nil where one window holds all rows.
  private let runs: [Int32]?
  private var stream: RandomStream
  /// The rows of the window under way, as places in it.
  private var places: [Int32] = []
  private var next = 0
  private var windowStart = 0
  /// Rows that will be asked for before long, as ranges that are read in one piece each; empty where
  /// one window holds all rows.
  private(set) var ahead: [Range<Int>] = []

  package init(
    _ rows: Int, seed: UInt64, epoch: Int, window: Int = ShuffledRows.window,
    run: Int = ShuffledRows.run
  ) {
    precondition(window % run == 0 && window <= Int32.max)
    (self.rows, self.window, self.run) = (rows, window, run)
    stream = RandomStream(seed: seed, purpose: "rows of epoch \(epoch)")
    guard rows > window else {
      runs = nil
      return
    }
    var order = RandomStream(seed: seed, purpose: "runs of epoch \(epoch)")
    var runs = RowOrder.permutation(of: (rows + run - 1) / run, &order)
    // A run that is not full goes to the end of its window, so that places are runs by division.
    let short = Int32(runs.count - 1)
    if rows % run != 0, let at = runs.firstIndex(of: short) {
      let end = min(at / (window / run) * (window / run) + window / run, runs.count) - 1
      runs.swapAt(at, end)
    }
    self.runs = runs
  }

  /// The next rows, `count` of them or those that are left.
  mutating func take(_ count: Int) -> [Int] {
    var taken: [Int] = []
    taken.reserveCapacity(count)
    while taken.count < count {
      if next == places.count {
        guard advance() else { break }
      }
      let end = min(next + count - taken.count, places.count)
      if let runs {
        let first = windowStart / run
        for place in places[next..<end] {
          taken.append(Int(runs[first + Int(place) / run]) * run + Int(place) % run)
        }
      } else {
        for place in places[next..<end] { taken.append(Int(place)) }
      }
      next = end
    }
    return taken
  }

  /// Takes ``ahead`` once.
  mutating func takeAhead() -> [Range<Int>] {
    defer { ahead = [] }
    return ahead
  }

  /// The rows of the runs of a window.
  private func ranges(ofWindowAt start: Int) -> [Range<Int>] {
    guard let runs else { return [] }
    return runs[min(start / run, runs.count)..<min((start + window) / run, runs.count)].map {
      Int($0) * run..<min((Int($0) + 1) * run, rows)
    }
  }

  /// Shuffles the next window; false at the end.
  private mutating func advance() -> Bool {
    windowStart += places.isEmpty ? 0 : window
    guard windowStart < rows else { return false }
    // The short run may stand in any window but is counted out of the one it is in.
    var size = min(window, (runs?.count ?? 0) * run - windowStart)
    if let runs {
      let first = windowStart / run
      let last = Int32(runs.count - 1)
      let end = min(first + window / run, runs.count)
      if rows % run != 0, runs[end - 1] == last { size -= run - rows % run }
    } else {
      size = rows
    }
    places = RowOrder.permutation(of: size, &stream)
    ahead = ranges(ofWindowAt: windowStart + window)
    if windowStart == 0 { ahead = ranges(ofWindowAt: 0) + ahead }
    next = 0
    return true
  }
}

extension RandomStream {
  /// A number below `bound`, each as likely: multiply, and reject the low products (Lemire 2019).
  fileprivate mutating func below(_ bound: UInt32) -> Int {
    var product = UInt64(nextWord()) * UInt64(bound)
    if UInt32(truncatingIfNeeded: product) < bound {
      let threshold = (0 &- bound) % bound
      while UInt32(truncatingIfNeeded: product) < threshold {
        product = UInt64(nextWord()) * UInt64(bound)
      }
    }
    return Int(product >> 32)
  }
}
