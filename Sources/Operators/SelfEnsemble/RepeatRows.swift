/// Copies an activation's rows, one copy of all rows after the other: what two passes over the same rows have in
/// common is computed once.
struct RepeatRows: Step {
  /// x, [rows × width]; its copies are [copies·rows × width].
  let value: Value
  let copies: Int

  var section: String { "copies forward" }

  func memory(capacity: Int) -> [Reservation] {
    [
      Reservation(.value(value), "copies", .activations, count: capacity * value.width),
      Reservation(
        .copies(of: value), "copies", .activations, count: copies * capacity * value.width),
    ]
  }

  func scratch(capacity: Int, on backend: OpenCLBackend) -> Int { 0 }

  func run(_ pass: ReferencePass) {
    let (x, y, count) = (pass[value], pass[.copies(of: value)], pass.rows * value.width)
    for place in 0..<copies * count { y[place] = x[place % count] }
  }

  func run(_ pass: DevicePass) throws {
    let count = pass.rows * value.width
    try pass.run(
      "repeat_rows", of: "self_ensemble", items: pass.vectors(count),
      ["count": count, "copies": copies, "x": pass[value], "y": pass[.copies(of: value)]])
  }

  /// The derivative by the rows: the sum of those by their copies.
  struct Fold: Step {
    let value: Value
    let copies: Int

    var section: String { "copies backward" }

    func memory(capacity: Int) -> [Reservation] {
      [
        Reservation(.gradient(of: value), "copies", .gradients, count: capacity * value.width),
        Reservation(
          .gradient(ofCopiesOf: value), "copies", .gradients,
          count: copies * capacity * value.width),
      ]
    }

    func scratch(capacity: Int, on backend: OpenCLBackend) -> Int { 0 }

    func run(_ pass: ReferencePass) {
      let (dy, dx) = (pass[.gradient(ofCopiesOf: value)], pass.target(for: value))
      let count = pass.rows * value.width
      for place in 0..<count {
        dx.put((0..<copies).reduce(0) { $0 + dy[$1 * count + place] }, at: place)
      }
    }

    func run(_ pass: DevicePass) throws {
      let (dx, count) = (pass.target(for: value), pass.rows * value.width)
      try pass.run(
        "fold_rows", of: "self_ensemble", items: pass.vectors(count),
        [
          "count": count, "copies": copies, "dy": pass[.gradient(ofCopiesOf: value)],
          "dx": dx.buffer, "accumulate": dx.accumulates ? 1 : 0,
        ])
    }
  }
}
