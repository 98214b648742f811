import OpenCL

/// Parameters as the slots of `optimizer_gpu.cl`: which of them share a launch, and which work-groups each has.
struct JointSlots {
  /// The work-items of a work-group.
  static let members = 256
  /// The rules of a launch.
  private static let mostRules = 4

  /// One launch.
  struct Launch {
    fileprivate(set) var targets: [(target: JointTarget, rule: Int)] = []
    fileprivate var rules: [RuleArgument] = []
    /// The first work-group of each slot, and the one behind the last.
    fileprivate var begins: [Int] = [0]
    fileprivate let slots: Int

    /// All work-groups.
    var groups: Int { begins[begins.count - 1] }
  }

  private(set) var launches: [Launch] = []

  /// The most work-groups of a slot.
  static func mostGroups(on backend: OpenCLBackend) -> Int { 4 * backend.device.computeUnits }

  /// - Parameter rule: of a parameter.
  init(
    _ targets: [JointTarget], _ program: OptimizerProgram, _ pass: DevicePass,
    rule: (JointTarget) -> RuleArgument
  ) {
    // A launch is for one kind of entries.
    let targets = TablePrecision.allCases.flatMap { precision in
      targets.filter { $0.parameter.precision == precision }
    }
    // Few of them differ.
    var known: [(target: JointTarget, rule: RuleArgument)] = []
    for target in targets {
      if !known.contains(where: { $0.target.hasRule(of: target) }) {
        known.append((target, rule(target)))
      }
      let rule = known.first { $0.target.hasRule(of: target) }!.rule
      func number(in launch: Launch) -> Int? {
        launch.rules.firstIndex { $0.isSame(as: rule) }
          ?? (launch.rules.count < Self.mostRules ? launch.rules.count : nil)
      }
      let isFull = launches.last.map { launch in
        launch.targets.count == program.slots || number(in: launch) == nil
          || launch.targets[0].target.parameter.precision != target.parameter.precision
      }
      if isFull ?? true {
        launches.append(Launch(slots: program.slots))
      }
      let last = launches.count - 1
      let number = number(in: launches[last]) ?? 0
      if number == launches[last].rules.count { launches[last].rules.append(rule) }
      launches[last].targets.append((target, number))
      let groups = (target.mostVectors(pass) + Self.members - 1) / Self.members
      launches[last].begins.append(
        launches[last].groups + min(max(groups, 1), Self.mostGroups(on: pass.backend)))
    }
  }
}

extension JointSlots.Launch {
  /// What every kernel takes first.
  func arguments(_ pass: DevicePass) -> KernelArguments {
    let all = (0..<slots).map { $0 < targets.count ? targets[$0] : nil }
    let numbers =
      (0...slots).map { UInt32(begins[min($0, begins.count - 1)]) }
      + all.map { UInt32($0?.target.parameter.count ?? 0) }
      + all.map { UInt32($0?.target.parameter.columns ?? 1) }
    var bytes = numbers.withUnsafeBytes { Array($0) }
    bytes += all.map { UInt8($0?.target.kind ?? 0) } + all.map { UInt8($0?.rule ?? 0) }
    let usesIDs = targets.contains { $0.target.kind > 0 }
    let (unique, noIntegers) = (usesIDs ? pass.input.unique : nil, pass.backend.noIntegers)
    return ["slots": BytesArgument(bytes)]
      + KernelArguments(
        (0..<4).map { ("rule\($0)", StructArgument(rules[min($0, rules.count - 1)])) })
      + [
        "distinct": unique?.count ?? noIntegers, "ids": unique?.ids ?? noIntegers,
        "rank_of": unique?.rankOfFeature ?? noIntegers,
      ]
  }

  /// What its kernel is compiled with besides.
  func entryOptions(_ pass: DevicePass) -> [String] {
    pass[targets[0].target.parameter].entryOptions
  }

  /// The pointers of all slots.
  func pointers(
    _ program: OptimizerProgram, _ pass: DevicePass, states: Bool
  ) -> KernelArguments {
    let none = pass.backend.none
    var all: [(name: String, value: any KernelArgument)] = []
    for slot in 0..<slots {
      let parameter = slot < targets.count ? targets[slot].target.parameter : nil
      all.append(("gradient\(slot)", parameter.map { pass.gradient(of: $0) } ?? none))
      all.append(("weight\(slot)", parameter.map { pass[$0] } ?? none))
      guard states else { continue }
      for state in 0..<program.stateCount {
        let buffer = parameter.flatMap { pass.buffer(.state(state, of: $0)) }
        all.append(("state\(slot)_\(state)", buffer ?? none))
      }
    }
    return KernelArguments(all)
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

extension RuleArgument {
  /// Whether both are the same, bit for bit.
  fileprivate func isSame(as other: RuleArgument) -> Bool {
    withUnsafeBytes(of: self) { a in
      withUnsafeBytes(of: other) { a.elementsEqual($0) }
    }
  }
}
