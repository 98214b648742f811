import Kernels
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
    let parameter = target.parameter
    // What a row of one number has beside it is kept as that is, see Parameter.precision(of:).
    let optimizer =
      parameter.columns == 1 && parameter.precision == .bfloat16
      ? optimizer.ofSingleNumbers : optimizer
    let program = OptimizerProgram([optimizer])
    let (backend, isRowwise) = (pass.backend, type(of: optimizer).rowSource != nil)
    let area = UpdateArguments(target, pass, keepsRows: isRowwise)
    func launch(
      _ name: String, of source: KernelSource, items: Int, team: KernelArguments = [:]
    ) throws {
      try backend.library.kernel(
        name, of: source, for: program, with: pass[parameter].entryOptions
      ).launch(
        on: backend.queue, global: [items], local: [64],
        ["rows": area.rows, "width": area.width, "touched": area.isTouched] + team
          + [
            "distinct": area.distinct, "ids": area.ids, "scale": pass[.gradientScale],
            "gradient": pass.gradient(of: parameter),
          ] + program.arguments(of: parameter, optimizer, group, pass))
    }
    guard isRowwise else {
      return try launch("update", of: "optimizer", items: area.rows * pass.vectors(area.width))
    }
    guard backend.library.tuning.sharesLocalMemory else {
      return try launch("update_rowwise", of: "optimizer", items: area.rows)
    }
    let team = backend.team(pass.vectors(area.width), limit: 32)
    try launch(
      "update_rowwise", of: "optimizer_gpu",
      items: min(area.rows * team, backend.residentItems), team: ["team": team])
  }
}
