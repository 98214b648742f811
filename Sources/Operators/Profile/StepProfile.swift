import OpenCL

/// Where the time of training steps goes: what each operator's commands took on the device.
package struct StepProfile: Sendable {
  /// The commands of one section (an operator's pass, an update) and one name.
  package struct Line: Sendable {
    /// The section, for instance `dense 400×400 forward`.
    package let section: String
    /// The kernel or transfer; nil for the whole section.
    package let command: String?
    /// Commands a step.
    package fileprivate(set) var commands = 0.0
    /// Seconds a step, from start to end of each command.
    package fileprivate(set) var seconds = 0.0
    /// The least work it can be done with, a step; nil where it is not known.
    package let cost: Cost?
  }

  /// The number of samples of a step.
  package let rows: Int
  /// The number of steps that were recorded.
  package let steps: Int
  /// Seconds a step, from the first to the last.
  package let seconds: Double
  /// Seconds a step in which the host queued commands.
  package let queueing: Double
  /// Every command, in the order given.
  package let commands: [Command]
  /// By section, in the order of a step; each followed by its commands.
  package let lines: [Line]

  /// Seconds a step that the device was at work.
  package var busy: Double {
    lines.reduce(0) { $0 + ($1.command == nil ? $1.seconds : 0) }
  }

  /// Sorts commands by what they were for.
  ///
  /// - Parameter costs: the work of all steps together, by section.
  init(
    rows: Int, steps: Int, seconds: Double, queueing: Double, commands: [Command],
    costs: [String: Cost]
  ) {
    self.rows = rows
    self.steps = steps
    self.seconds = seconds / Double(steps)
    self.queueing = queueing / Double(steps)
    self.commands = commands
    var sections: [String] = []
    var lines: [String: [Line]] = [:]
    for command in commands {
      if lines[command.section] == nil {
        sections.append(command.section)
        let cost = costs[command.section].map { $0 / Double(steps) }
        lines[command.section] = [Line(section: command.section, command: nil, cost: cost)]
      }
      let known = lines[command.section]?.firstIndex { $0.command == command.name }
      let place = known ?? lines[command.section, default: []].count
      if known == nil {
        lines[command.section]?.append(
          Line(section: command.section, command: command.name, cost: nil))
      }
      for index in [0, place] {
        lines[command.section]?[index].commands += 1 / Double(steps)
        lines[command.section]?[index].seconds +=
          Double(command.times.duration) / 1e9 / Double(steps)
      }
    }
    self.lines = sections.flatMap { lines[$0] ?? [] }
  }
}

extension StepProfile.Line {
  /// The time the device could have done it in, as a share of the time it took.
  package func share(of ceiling: Roofline) -> Double? {
    cost.map { max($0.flops / ceiling.flops, $0.bytes / ceiling.bandwidth) / seconds }
  }
}

extension Cost {
  static func / (cost: Cost, divisor: Double) -> Cost {
    var cost = cost
    cost.flops /= divisor
    cost.bytes /= divisor
    return cost
  }
}
