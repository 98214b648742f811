import DeepFMKit
import Foundation

/// A log in memory whose clicks depend on the item's quality, and on whether the item is of the
/// kind that the user likes: the first is what LR can learn, the second needs an interaction.
struct ClickLog {
  static let columns = ["click", "user", "item"]
  private(set) var rows: [[String]] = []

  init(rows count: Int, seed: UInt64) {
    var generator = SplitMix(state: seed)
    for _ in 0..<count {
      let user = Int.random(in: 0..<40, using: &generator)
      let item = Int.random(in: 0..<40, using: &generator)
      let quality = item < 20 ? 0.15 : -0.15
      let taste = user % 4 == item % 4 ? 0.45 : 0
      let clicked = Double.random(in: 0..<1, using: &generator) < 0.3 + quality + taste
      rows.append([clicked ? "1" : "0", "user \(user)", "item \(item)"])
    }
  }

  /// Its clicks.
  var labels: [Float] { rows.map { $0[0] == "1" ? 1 : 0 } }

  /// The log with its clicks.
  func labelled(isFixedWidth: Bool) -> LogSource {
    source(Self.columns, rows, isFixedWidth)
  }

  /// The log as it is when a prediction is wanted: nobody has clicked yet.
  func unlabelled(isFixedWidth: Bool) -> LogSource {
    source(Array(Self.columns.dropFirst()), rows.map { Array($0.dropFirst()) }, isFixedWidth)
  }

  private func source(_ columns: [String], _ rows: [[String]], _ isFixedWidth: Bool) -> LogSource {
    guard isFixedWidth else { return .rows(columns: columns, rows) }
    let lines = ([columns] + rows).map { row in
      row.map { $0.padding(toLength: 10, withPad: " ", startingAt: 0) }.joined()
    }
    return .text(lines.joined(separator: "\n"), name: "clicks.fwf")
  }
}

/// The same numbers in every run (Steele, Lea and Flood, 2014).
private struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
