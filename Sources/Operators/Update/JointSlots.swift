import OpenCL

/// Parameters as the slots of `optimizer_gpu.cl`: which of them share a launch, and by which of its rules each is
/// updated. No batch changes that.
struct JointSlots: Sendable {
  /// The work-items of a work-group.
  static let members = 256
  /// The rules of a launch.
  static let mostRules = 4

  /// One launch.
  struct Launch: Sendable {
    /// The parameters, each with the number of its rule.
    fileprivate(set) var targets: [(target: JointTarget, rule: Int)] = []
    /// For each rule one that has it.
    fileprivate(set) var rules: [JointTarget] = []
  }

  /// The optimizers.
  let program: OptimizerProgram
  private(set) var launches: [Launch] = []
  private let identity = Identity()

  /// Tells slots apart.
  private final class Identity: Sendable {}

  /// The most work-groups of a slot.
  static func mostGroups(on backend: OpenCLBackend) -> Int { 4 * backend.device.computeUnits }

  /// - Parameter haveSameRule: whether the rules of two are the same at every step.
  init(
    _ targets: [JointTarget], _ program: OptimizerProgram,
    haveSameRule: (JointTarget, JointTarget) -> Bool
  ) {
    self.program = program
    // A launch is for one kind of entries.
    let targets = TablePrecision.allCases.flatMap { precision in
      targets.filter { $0.parameter.precision == precision }
    }
    for target in targets {
      func number(in launch: Launch) -> Int? {
        launch.rules.firstIndex { haveSameRule($0, target) }
          ?? (launch.rules.count < Self.mostRules ? launch.rules.count : nil)
      }
      let isFull = launches.last.map { launch in
        launch.targets.count == program.slots || number(in: launch) == nil
          || launch.targets[0].target.parameter.precision != target.parameter.precision
      }
      if isFull ?? true {
        launches.append(Launch())
      }
      let last = launches.count - 1
      let number = number(in: launches[last]) ?? 0
      if number == launches[last].rules.count { launches[last].rules.append(target) }
      launches[last].targets.append((target, number))
    }
  }

  /// The launches of a pass, which keeps them from batch to batch.
  ///
  /// - Parameters:
  ///   - others: what the kernel takes between the distinct ids and the pointers.
  ///   - hasStates: whether it takes the optimizers' arrays.
  func launches(
    _ pass: DevicePass, taking others: @autoclosure () -> [(String, any KernelArgument)],
    hasStates: Bool
  ) -> [JointLaunch] {
    pass.kept(for: identity) {
      JointLaunches(
        all: launches.map {
          JointLaunch($0, program, pass, taking: others(), hasStates: hasStates)
        })
    }.all
  }

  /// As a pass keeps them.
  private final class JointLaunches {
    let all: [JointLaunch]
    init(all: [JointLaunch]) { self.all = all }
  }
}
