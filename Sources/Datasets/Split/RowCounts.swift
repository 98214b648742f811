/// How many rows of each label every block has.
package struct RowCounts: Sendable, Codable {
  /// The rows without and with a click of each block, as `[without, with]`.
  private(set) var blocks: [[Int]] = []
  private(set) var total = [0, 0]
  private var sums: [[Int]] = []

  private enum CodingKeys: CodingKey { case blocks }

  package init() {}

  package init(from decoder: any Decoder) throws {
    for block in try decoder.container(keyedBy: CodingKeys.self).decode(
      [[Int]].self, forKey: .blocks)
    {
      add(block)
    }
  }

  mutating func add(_ block: [Int]) {
    sums.append(total)
    blocks.append(block)
    for label in 0..<2 { total[label] += block[label] }
  }

  /// The rows of each label before a block.
  func before(_ block: Int) -> [Int] { sums[block] }
}
