/// One unit: its arm, and what its rows add up to, by slice.
struct UnitSums {
  let arm: UnitArm
  /// Those of days, then that from before the test, then those of segments, each ascending.
  let slices: [UnitSlice]
  /// [slices × measures]
  fileprivate let values: [Double]
  fileprivate let measures: Int

  @inline(__always)
  subscript(slice: Int, measure: Int) -> Double { values[slice * measures + measure] }

  /// How many slices are days.
  var days: Int { slices.firstIndex { !$0.isDay } ?? slices.count }
}

extension UnitTable {
  /// Calls `body` with every unit, in the order of their hashes, which is none of the log's.
  func forEachUnit(_ body: (UnitSums) throws -> Void) throws {
    var unit: UInt64?
    var arm = UnitArm.none
    var slices: [UnitSlice] = []
    var values: [Double] = []
    func finish() throws {
      try body(UnitSums(arm: arm, slices: slices, values: values, measures: measures))
    }
    try forEachRecord { record in
      if record.unit != unit {
        if unit != nil { try finish() }
        (unit, arm) = (record.unit, .none)
        slices.removeAll(keepingCapacity: true)
        values.removeAll(keepingCapacity: true)
      }
      arm = arm.joined(record.arm)
      slices.append(record.slice)
      values.append(contentsOf: UnsafeBufferPointer(start: record.sums, count: measures))
    }
    if unit != nil { try finish() }
  }
}
