import OpenCL

/// A launch of `optimizer_gpu.cl` by a pass. It has more arguments than all others of a step together, most of them
/// pointers, which stay what they are: a batch replaces what it changes.
final class JointLaunch {
  /// All work-groups.
  private(set) var groups = 0
  private let launch: JointSlots.Launch
  private let slots: Int
  private let usesIDs: Bool
  /// What its kernel is compiled with besides.
  let entryOptions: [String]
  private var arguments: KernelArguments
  /// The most distinct ids of the batch that the work-groups are for; nil before the first one.
  private var mostDistinct: Int?

  private static let rules = (0..<JointSlots.mostRules).map { "rule\($0)" }

  init(
    _ launch: JointSlots.Launch, _ program: OptimizerProgram, _ pass: DevicePass,
    taking others: [(String, any KernelArgument)], hasStates: Bool
  ) {
    (self.launch, slots) = (launch, program.slots)
    entryOptions = pass[launch.targets[0].target.parameter].entryOptions
    usesIDs = launch.targets.contains { $0.target.kind > 0 }
    let (none, noIntegers) = (pass.backend.none, pass.backend.noIntegers)
    let unique = usesIDs ? pass.input.unique : nil
    var all: [(String, any KernelArgument)] = [("slots", BytesArgument([]))]
    all += Self.rules.map { ($0, BytesArgument([])) }
    all += [
      ("distinct", unique?.count ?? noIntegers), ("ids", noIntegers),
      ("rank_of", unique?.rankOfFeature ?? noIntegers),
    ]
    all += others
    for slot in 0..<slots {
      let parameter = slot < launch.targets.count ? launch.targets[slot].target.parameter : nil
      all.append(("gradient\(slot)", parameter.map { pass.gradient(of: $0) } ?? none))
      all.append(("weight\(slot)", parameter.map { pass[$0] } ?? none))
      guard hasStates else { continue }
      for state in 0..<program.stateCount {
        let buffer = parameter.flatMap { pass.buffer(.state(state, of: $0)) }
        all.append(("state\(slot)_\(state)", buffer ?? none))
      }
    }
    arguments = KernelArguments(all.map { (name: $0, value: $1) })
  }

  /// Takes what the current batch changes.
  ///
  /// - Parameters:
  ///   - others: of what else the kernel takes, what is another than at the last batch.
  ///   - rule: of a parameter, at this step.
  func take(
    _ pass: DevicePass, _ others: [(String, any KernelArgument)] = [],
    rule: (JointTarget) -> RuleArgument
  ) {
    let most = usesIDs ? pass.input.mostDistinct : 0
    if most != mostDistinct {
      mostDistinct = most
      arguments.replace("slots", with: BytesArgument(stretches(pass)))
    }
    let rules = launch.rules.map(rule)
    for (number, name) in Self.rules.enumerated() {
      arguments.replace(name, with: StructArgument(rules[min(number, rules.count - 1)]))
    }
    if usesIDs { arguments.replace("ids", with: pass.input.unique.ids) }
    for (name, value) in others { arguments.replace(name, with: value) }
  }

  func run(_ kernel: Kernel, on queue: Queue) throws {
    try kernel.launch(
      on: queue, global: [groups * JointSlots.members], local: [JointSlots.members], arguments)
  }

  /// The struct of the kernel: which work-groups each slot has, and what else is to be known of it.
  private func stretches(_ pass: DevicePass) -> [UInt8] {
    // The first work-group of each, and the one behind the last.
    var begins = [0]
    for (target, _) in launch.targets {
      let wanted = (target.mostVectors(pass) + JointSlots.members - 1) / JointSlots.members
      begins.append(
        begins[begins.count - 1] + min(max(wanted, 1), JointSlots.mostGroups(on: pass.backend)))
    }
    groups = begins[begins.count - 1]
    let all = (0..<slots).map { $0 < launch.targets.count ? launch.targets[$0] : nil }
    let numbers =
      (0...slots).map { UInt32(begins[min($0, begins.count - 1)]) }
      + all.map { UInt32($0?.target.parameter.count ?? 0) }
      + all.map { UInt32($0?.target.parameter.columns ?? 1) }
    return numbers.withUnsafeBytes { Array($0) } + all.map { UInt8($0?.target.kind ?? 0) }
      + all.map { UInt8($0?.rule ?? 0) }
  }
}

extension JointTarget {
  /// The number of `optimizer_gpu.cl`.
  fileprivate var kind: Int { target.region == .touched ? 1 : isCompact ? 2 : 0 }

  /// The most vectors that a batch makes of it.
  fileprivate func mostVectors(_ pass: DevicePass) -> Int {
    target.region == .touched
      ? pass.input.mostDistinct * pass.vectors(parameter.columns) : pass.vectors(parameter.count)
  }
}
