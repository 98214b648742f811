import OpenCL

/// The memory of a batch's distinct ids, as `unique_ids.cl` finds them.
final class DeviceUniqueIDs {
  /// The distinct ids, ascending.
  fileprivate(set) var ids: Buffer<Int32>
  /// Where the places of each begin, and where those of the last one end.
  fileprivate(set) var starts: Buffer<Int32>
  /// Their places in [rows × slots], ascending within an id.
  fileprivate(set) var positions: Buffer<Int32>
  /// For each of `positions` which id it belongs to.
  let ranks: Buffer<Int32>
  /// How many ids there are, [1].
  let count: Buffer<Int32>
  /// For each feature which of the distinct ids it is, where ids are sorted by work-groups: what stands there of a
  /// feature that does not occur is none of these, or the number of another one.
  let rankOfFeature: Buffer<Int32>
  /// The ids and the places on their way: a pass of the sort reads the first and writes the last.
  fileprivate(set) var sorted: (from: Buffer<Int32>, to: Buffer<Int32>)
  fileprivate(set) var places: (from: Buffer<Int32>, to: Buffer<Int32>)
  /// Sums of counts and, where ids are sorted by work-groups, the counts.
  let sums: Buffer<Int32>
  fileprivate let sumOfSums: Buffer<Int32>
  let digitCounts: Buffer<Int32>

  // The sizes of `unique_ids.cl`.
  fileprivate static let scanners = 128
  fileprivate static let each = 16

  /// - Parameter places: the most places of a batch.
  init(places: Int, features: Int, _ sort: Sort, on queue: Queue) throws {
    let counts = Self.counts(places: places, features: features, sort)
    func integers(_ label: String) throws -> Buffer<Int32> {
      try counts.buffer(label, queue.context)
    }
    sorted = (try integers("sorted ids"), try integers("distinct ids"))
    self.places = (try integers("sorted places"), try integers("starts of ids"))
    ranks = try integers("ranks of places")
    sums = try integers("sums of counts")
    sumOfSums = try integers("sum of counts")
    digitCounts = try integers("counts of digits")
    rankOfFeature = try integers("ranks of features")
    count = try integers("number of ids")
    try count.write([0], on: queue)
    (ids, starts, positions) = (sorted.to, self.places.to, self.places.from)
  }

  /// Waits for the queued steps, then tells what they have found.
  func read(on queue: Queue) throws -> UniqueIDCounts {
    let count = Int(try count.read(0..<1, on: queue)[0])
    return UniqueIDCounts(
      ids: try ids.read(0..<count, on: queue), starts: try starts.read(0..<count + 1, on: queue))
  }

  /// Takes distinct ids from elsewhere.
  func write(_ found: UniqueIDCounts, on queue: Queue) throws {
    try ids.write(found.ids, on: queue)
    try starts.write(found.starts, on: queue)
    try count.write([Int32(found.ids.count)], on: queue)
  }

  /// The most counts of digits, and at least a number a place: shares have no fewer places than there are
  /// digits.
  private static func mostCounts(_ places: Int) -> Int { places + 1 << Sort.widestDigit }

  fileprivate static func blocks(_ count: Int) -> Int {
    (count + scanners * each - 1) / (scanners * each)
  }

  static func counts(places: Int, features: Int, _ sort: Sort) -> BufferCounts {
    let counts: BufferCounts =
      switch sort {
      case .byItems:
        [
          "ranks of places": mostCounts(places), "sums of counts": blocks(mostCounts(places)),
          "sum of counts": 1, "counts of digits": 0, "ranks of features": 0,
        ]
      case .byGroups(let groups):
        [
          "ranks of places": places, "sums of counts": 1 << Sort.widestDigitOfGroup,
          "sum of counts": 0,
          "counts of digits": groups * max(SortPasses(features: features).digits, 1),
          "ranks of features": Self.ranksFeatures(features) ? features : 0,
        ]
      }
    return counts + [
      "sorted ids": places, "distinct ids": places, "sorted places": places + 1,
      "starts of ids": places + 1, "number of ids": 1,
    ]
  }

  /// Whether there are few enough features for a number each: tables of more are updated in steps.
  static func ranksFeatures(_ features: Int) -> Bool { features < 1 << 28 }

  /// Takes what the last pass of a sort has left in the place of what the one before has read.
  func exchange() {
    sorted = (from: sorted.to, to: sorted.from)
    places = (from: places.to, to: places.from)
  }

  /// The sort is done: what is listed goes where its last pass has read.
  func beginList() {
    (ids, starts) = (sorted.to, places.to)
    positions = places.from
  }

  /// How the places are sorted.
  enum Sort: Sendable, Hashable {
    /// By work-items, each a share of the places, whose counts stay in its core's nearest cache.
    case byItems
    /// By work-groups, at most so many, each a share of the places, whose counts are in local memory.
    case byGroups(Int)

    /// The bits of a digit, and the places of a work-item's share.
    static let (widestDigit, share) = (8, 4096)
    /// The most bits of a digit that a work-group counts.
    static let widestDigitOfGroup = 12

    init(kind: Device.Kind, computeUnits: Int) {
      self = kind == .cpu ? .byItems : .byGroups(4 * computeUnits)
    }

    static var options: [String] { ["-DDIGIT=\(widestDigit)", "-DSHARE=\(share)"] }
  }
}

extension FindUniqueIDs {
  package func run(_ pass: DevicePass) throws {
    try pass.backend.findUniqueIDs(of: pass.input)
  }
}

extension OpenCLBackend {
  func findUniqueIDs(of input: OpenCLInput) throws {
    let unique = input.unique
    let (places, features) = (input.rows * input.layout.slots, input.layout.features)
    guard places > 0 else {
      try unique.count.fill(0, 0..<1, on: queue)
      return try unique.starts.fill(0, 0..<1, on: queue)
    }
    if case .byGroups(let groups) = library.tuning.sort {
      return try findUniqueIDsByGroups(of: input, places: places, groups: groups)
    }
    // Absent ids are sorted as `features`.
    let bits = Int.bitWidth - features.leadingZeroBitCount
    for shift in stride(from: 0, to: bits, by: DeviceUniqueIDs.Sort.widestDigit) {
      try sort(unique, input, places: places, isFirst: shift == 0, shift: shift)
    }
    unique.beginList()
    let sorted = unique.sorted.from
    try run(
      "mark_ids", of: "unique_ids", items: places,
      ["places": places, "sorted": sorted, "features": features, "marks": unique.ranks])
    try scan(places, of: unique)
    try run(
      "list_ids", of: "unique_ids", items: places,
      [
        "places": places, "sorted": sorted, "features": features, "sums": unique.sums,
        "ranks": unique.ranks, "ids": unique.ids, "starts": unique.starts, "distinct": unique.count,
      ])
  }

  /// Sorts the places by some bits of their ids; the first time as the batch has them.
  private func sort(
    _ unique: DeviceUniqueIDs, _ input: OpenCLInput, places: Int, isFirst: Bool, shift: Int
  ) throws {
    let (digit, share) = (DeviceUniqueIDs.Sort.widestDigit, DeviceUniqueIDs.Sort.share)
    let shares = (places + share - 1) / share
    let ids = isFirst ? input.ids : unique.sorted.from
    try runChunks(
      "count_digits", of: "unique_ids", items: shares,
      [
        "places": places, "shares": shares, "ids": ids, "features": input.layout.features,
        "shift": shift, "counts": unique.ranks,
      ])
    try scan(shares << digit, of: unique)
    try runChunks(
      "move_by_digit", of: "unique_ids", items: shares,
      [
        "places": places, "shares": shares, "ids": ids, "from": unique.places.from,
        "has_places": isFirst ? 0 : 1, "features": input.layout.features, "shift": shift,
        "counts": unique.ranks, "sums": unique.sums, "sorted_ids": unique.sorted.to,
        "to": unique.places.to,
      ])
    unique.exchange()
  }

  /// Replaces the first `count` ranks by the sums of those before them, in blocks and of the blocks.
  private func scan(_ count: Int, of unique: DeviceUniqueIDs) throws {
    let kernel = try library.kernel("scan", of: "unique_ids")
    let blocks = DeviceUniqueIDs.blocks(count)
    try kernel.launch(
      on: queue, global: [blocks * DeviceUniqueIDs.scanners], local: [DeviceUniqueIDs.scanners],
      ["count": count, "each": DeviceUniqueIDs.each, "numbers": unique.ranks, "sums": unique.sums])
    try kernel.launch(
      on: queue, global: [DeviceUniqueIDs.scanners], local: [DeviceUniqueIDs.scanners],
      [
        "count": blocks, "each": (blocks + DeviceUniqueIDs.scanners - 1) / DeviceUniqueIDs.scanners,
        "numbers": unique.sums, "sums": unique.sumOfSums,
      ])
  }
}
