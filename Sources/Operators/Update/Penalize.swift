/// L2: `g += λ·w`, the gradient of (λ/2)·‖w‖².
struct Penalize: Step {
  let target: UpdateRegion
  let lambda: Float

  var section: String { target.section }

  func memory(capacity: Int) -> [Reservation] { [target.gradient(capacity: capacity)] }
  func scratch(capacity: Int, on backend: OpenCLBackend) -> Int { 0 }

  func run(_ pass: ReferencePass) {
    let parameter = target.parameter
    let (weight, gradient) = (pass[parameter], pass.gradient(of: parameter))
    target.forEachRow(pass) { row, place in
      let (w, g) = (
        weight.row(row, width: parameter.columns), gradient.row(place, width: parameter.columns)
      )
      for j in g.indices { g[j] += Double(lambda) * w[j] }
    }
  }

  func run(_ pass: DevicePass) throws {
    let area = UpdateArguments(target, pass)
    try pass.run(
      "penalize", of: "penalize", on: pass[target.parameter],
      items: area.rows * pass.vectors(area.width),
      [
        "rows": area.rows, "width": area.width, "touched": area.isTouched,
        "distinct": area.distinct, "ids": area.ids, "lambda": lambda,
        "weight": pass[target.parameter], "gradient": pass.gradient(of: target.parameter),
      ])
  }
}
