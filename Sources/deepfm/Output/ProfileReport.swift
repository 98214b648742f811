import DeepFMKit
import Diagnostics
import Reports

/// The profile of a training step as a table, the operators that take longest first.
func profileText(_ profile: TrainingProfile) -> String {
  let (steps, ceiling) = (profile.steps, profile.ceiling)
  var table = TextTable(
    "operator", "command", "calls", "ms", "share", "GFLOP/s", "GB/s", "of ceiling")
  let sections = steps.lines.filter { $0.command == nil }.sorted { $0.seconds > $1.seconds }
  for section in sections {
    let commands = steps.lines.filter { $0.section == section.section && $0.command != nil }
    let isSingle = commands.count == 1
    table.add(
      section.section, isSingle ? commands[0].command ?? "" : "", fixed(section.commands, 0),
      fixed(1e3 * section.seconds, 3), fixed(100 * section.seconds / steps.busy, 1) + " %",
      section.cost.map { fixed($0.flops / section.seconds / 1e9, 1) } ?? "",
      section.cost.map { fixed($0.bytes / section.seconds / 1e9, 1) } ?? "",
      section.share(of: ceiling).map { fixed(100 * $0, 0) + " %" } ?? "")
    for line in isSingle ? [] : commands {
      table.add(
        "", line.command ?? "", fixed(line.commands, 0), fixed(1e3 * line.seconds, 3),
        fixed(100 * line.seconds / steps.busy, 1) + " %", "", "", "")
    }
  }
  let gathers =
    ceiling.gathers.map { ", \(fixed($0 / 1e6, 0)) M gathered rows of 64 bytes/s" } ?? ""
  return """
    ceiling of the device: \(fixed(ceiling.flops / 1e9, 1)) GFLOP/s in registers, \
    \(fixed(ceiling.bandwidth / 1e9, 1)) GB/s in a long copy\(gathers)
    a step of \(steps.rows) samples, the mean of \(steps.steps): \(fixed(1e3 * steps.seconds, 2)) ms, \
    the device at work for \(fixed(1e3 * steps.busy, 2)) ms; the host queues commands for \
    \(fixed(1e3 * steps.queueing, 2)) ms and prepares a batch in \
    \(fixed(1e3 * profile.preparation, 2)) ms

    \(table)
    """
}
