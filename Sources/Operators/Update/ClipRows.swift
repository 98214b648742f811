/// The bound that CowClip (Zheng et al. 2023) sets on the gradient of each row of a table: for an id
/// with n occurrences in the batch and the row w, `‖g‖ ≤ n · max(ratio·‖w‖, floor)`.
package struct RowClip: Sendable, Hashable {
  /// The bound of an occurrence as a share of the row's norm.
  package var ratio: Float
  /// The least bound of an occurrence, for rows near 0.
  package var floor: Float

  /// - Parameters:
  ///   - ratio: the bound of an occurrence as a share of the row's norm.
  ///   - floor: the least bound of an occurrence.
  package init(ratio: Float = 1, floor: Float = 1e-5) {
    self.ratio = ratio
    self.floor = floor
  }
}

/// `g ← g · min(1, n · max(ratio·‖w‖, floor) / ‖g‖)` for the row of each id that the batch touched, see
/// ``RowClip``.
struct ClipRows: Step {
  let target: UpdateRegion
  let clip: RowClip

  var section: String { target.section }

  func memory(capacity: Int) -> [Reservation] { [target.gradient(capacity: capacity)] }
  func scratch(capacity: Int, on backend: OpenCLBackend) -> Int { 0 }

  func run(_ pass: ReferencePass) {
    let (table, unique) = (target.parameter, pass.input.unique)
    func norm(_ row: UnsafeMutableBufferPointer<Double>) -> Double {
      row.reduce(0) { $0 + $1 * $1 }.squareRoot()
    }
    for (place, id) in unique.ids.enumerated() {
      let count = Double(unique.starts[place + 1] - unique.starts[place])
      let row = target.region == .whole ? Int(id) : place
      let g = pass.gradient(of: table).row(row, width: table.columns)
      let w = pass[table].row(Int(id), width: table.columns)
      let limit = count * max(Double(clip.ratio) * norm(w), Double(clip.floor))
      let size = norm(g)
      guard size > limit else { continue }
      for j in g.indices { g[j] *= limit / size }
    }
  }

  func run(_ pass: DevicePass) throws {
    let (table, unique) = (target.parameter, pass.input.unique)
    try pass.run(
      "clip_rows", of: "clip_rows", on: pass[table], items: pass.input.mostDistinct,
      [
        "distinct": unique.count, "width": table.columns, "whole": target.region == .whole ? 1 : 0,
        "ids": unique.ids, "starts": unique.starts, "ratio": clip.ratio, "least": clip.floor,
        "weight": pass[table], "gradient": pass.gradient(of: table),
      ])
  }
}
