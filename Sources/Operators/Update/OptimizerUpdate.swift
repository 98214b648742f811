import Foundation

/// One step of an optimizer on a parameter, or on the rows of it that the batch touched. The gradient is multiplied
/// by ``Operand/gradientScale`` first.
struct OptimizerUpdate: Step {
  let target: UpdateRegion
  let optimizer: Optimizer
  let group: Recipe.Group

  var section: String { target.section }

  func memory(capacity: Int) -> [Reservation] {
    [target.gradient(capacity: capacity), .gradientScale]
      + optimizer.states(of: target.parameter)
  }
  func scratch(capacity: Int, on backend: OpenCLBackend) -> Int { 0 }

  func run(_ pass: ReferencePass) {
    let parameter = target.parameter
    optimizer.update(
      target, pass, rate: group.rate(step: pass.step, factor: pass.rateFactor),
      gradient: pass.gradient(of: parameter))
  }

  func run(_ pass: DevicePass) throws {
    let parameter = target.parameter
    let (weight, gradient) = (pass[parameter], pass.gradient(of: parameter))
    let rate = group.rate(step: pass.step, factor: pass.rateFactor)
    if case .rowwiseAdagrad(let epsilon, _) = optimizer {
      let rows = UpdateArguments(target, pass, keepsRows: true)
      return try pass.run(
        "rowwise_adagrad", of: "rowwise", items: rows.rows, rows.rows, rows.width, rows.isTouched,
        rows.distinct, rows.ids, pass[.gradientScale], gradient, weight, rate,
        pass[.state(0, of: parameter)], epsilon)
    }
    let area = UpdateArguments(target, pass)
    let state = pass.states(of: parameter, optimizer)
    try pass.run(
      "update", of: "optimizer", items: area.rows * pass.vectors(area.width), area.rows,
      area.width, area.isTouched, area.distinct, area.ids, pass[.gradientScale], gradient, weight,
      optimizer.rule(rate: rate, step: pass.step), state.first ?? pass.backend.none,
      state.last ?? pass.backend.none)
  }
}
