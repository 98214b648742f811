import OpenCL

/// In how many passes ids are sorted by work-groups, and by how many bits in each.
struct SortPasses {
  let count: Int
  let bits: Int

  /// - Parameter features: what absent ids are sorted as.
  init(features: Int) {
    let all = Int.bitWidth - features.leadingZeroBitCount
    let widest = DeviceUniqueIDs.Sort.widestDigitOfGroup
    count = (all + widest - 1) / widest
    // Kernels read four counts at a time.
    bits = count > 0 ? max((all + count - 1) / count, 2) : 0
  }

  /// The digits of a pass.
  var digits: Int { 1 << bits }
}

extension OpenCLBackend {
  /// The distinct ids by `unique_ids_gpu.cl`: three kernels a pass, and two.
  func findUniqueIDsByGroups(of input: OpenCLInput, places: Int, groups: Int) throws {
    let (unique, features) = (input.unique, input.layout.features)
    let (size, columns) = (256, 32)
    // Whole turns of a work-group.
    let turns = (places + size - 1) / size
    let share = (turns + groups - 1) / groups * size
    let shares = (places + share - 1) / share
    func launch(_ name: String, groups: Int, _ arguments: KernelArguments) throws {
      try library.kernel(name, of: "unique_ids_gpu").launch(
        on: queue, global: [groups * size], local: [size], arguments)
    }
    let passes = SortPasses(features: features)
    let digits = passes.digits
    for pass in 0..<passes.count {
      let (shift, ids) = (pass * passes.bits, pass == 0 ? input.ids : unique.sorted.from)
      try launch(
        "count_digits", groups: shares,
        [
          "places": places, "share": share, "ids": ids, "features": features, "shift": shift,
          "digits": digits, "counts": unique.digitCounts,
        ])
      try launch(
        "scan_digits", groups: (digits + columns - 1) / columns,
        [
          "shares": shares, "digits": digits, "counts": unique.digitCounts, "totals": unique.sums,
        ])
      try launch(
        "move_by_digit", groups: shares,
        [
          "places": places, "share": share, "ids": ids, "from": unique.places.from,
          "has_places": pass == 0 ? 0 : 1, "features": features, "shift": shift, "digits": digits,
          "counts": unique.digitCounts, "totals": unique.sums, "sorted_ids": unique.sorted.to,
          "to": unique.places.to,
        ])
      unique.exchange()
    }
    unique.beginList()
    let sorted = unique.sorted.from
    try launch(
      "count_ids", groups: shares,
      [
        "places": places, "share": share, "sorted": sorted, "features": features,
        "counts": unique.digitCounts,
      ])
    try launch(
      "list_ids", groups: shares,
      [
        "places": places, "share": share, "sorted": sorted, "features": features,
        "counts": unique.digitCounts, "ranks": unique.ranks, "ids": unique.ids,
        "starts": unique.starts, "distinct": unique.count, "rank_of": unique.rankOfFeature,
        "has_rank_of": DeviceUniqueIDs.ranksFeatures(features) ? 1 : 0,
      ])
  }
}
