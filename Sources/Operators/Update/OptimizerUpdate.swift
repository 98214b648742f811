import OpenCL

/// One step of an optimizer on a parameter, or on the rows of it that the batch touched. The gradient is multiplied
/// by ``Operand/gradientScale`` first.
struct OptimizerUpdate: Step {
  let target: UpdateRegion
  let optimizer: any Optimizer
  let group: Recipe.Group

  var section: String { target.section }

  func memory(capacity: Int) -> [Reservation] {
    [target.gradient(capacity: capacity), .gradientScale]
      + optimizer.states(of: target.parameter)
  }
  func scratch(capacity: Int, on backend: OpenCLBackend) -> Int { 0 }

  func run(_ pass: ReferencePass) {
    optimizer.update(target, pass, group, gradient: pass.gradient(of: target.parameter))
  }

  func run(_ pass: DevicePass) throws {
    let (parameter, program) = (target.parameter, OptimizerProgram([optimizer]))
    let isRowwise = type(of: optimizer).rowSource != nil
    let area = UpdateArguments(target, pass, keepsRows: isRowwise)
    try pass.backend.library.kernel(
      isRowwise ? "update_rowwise" : "update", of: "optimizer", for: program
    ).launch(
      on: pass.backend.queue,
      global: [isRowwise ? area.rows : area.rows * pass.vectors(area.width)], local: [64],
      arguments: [
        area.rows, area.width, area.isTouched, area.distinct, area.ids, pass[.gradientScale],
        pass.gradient(of: parameter),
      ] + program.arguments(of: parameter, optimizer, group, pass))
  }
}
