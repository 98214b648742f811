import ABTesting
import ArgumentParser
import Assignment
import DeepFMKit
import Support

struct ABAssignCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "assign",
    abstract: "Prints the arm of each row's unit, by a hash that other kits compute alike.",
    discussion: """
      CSV with the unit and its arm, a line a row of the log, as it comes; the arm of a unit that is not in \
      the test is empty. More coverage lets units in and moves none between arms. Tests of one layer with \
      parts that do not overlap share no unit.

        deepfm ab assign log.csv --unit user --seed ranker-7 --arms control=0.5 deepfm=0.5 --coverage 0.2
      """)

  @Argument(
    help: ArgumentHelp(
      "The log: one or more files, patterns, or - for standard input.", valueName: "file"),
    completion: .file())
  var logs: [String]

  @Option(help: ArgumentHelp("The column of what is assigned.", valueName: "column"))
  var unit: String

  @Option(
    help: ArgumentHelp("The test's own word; another one deals units anew.", valueName: "word"))
  var seed: String

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp("The arms with their weights, as control=0.5.", valueName: "arm=weight"))
  var arms: [String] = ["A=0.5", "B=0.5"]

  @Option(help: ArgumentHelp("The share of units that take part.", valueName: "share"))
  var coverage = 1.0

  @Option(
    help: ArgumentHelp(
      "The part of a layer that the test has, as checkout:0-0.5.", valueName: "name:from-to"))
  var layer: String?

  @Option(help: ArgumentHelp("The version of the hash: 1 or 2.", valueName: "version"))
  var hash = 2

  @OptionGroup var rejection: RejectionOptions

  func run() throws {
    let assignment = try ArmAssignment(
      seed: seed, arms: arms.map(Self.arm), coverage: coverage, layer: layer.map(Self.layer),
      hash: version())
    let sources = try LogSource.named(logs)
    let (console, rejected) = (
      Console(), try RejectedRows(rejection.policy(reading: sources))
    )
    var text: [UInt8] = []
    func write() throws {
      try text.withUnsafeBytes { try StandardStream.output.writeChecked($0) }
      text.removeAll(keepingCapacity: true)
    }
    var isFirst = true
    try assignment.assign(sources, column: unit, rejecting: rejected) { bytes, arm in
      if isFirst {
        text.append(cell: unit)
        text += ",arm\n".utf8
      }
      isFirst = false
      text.append(cell: bytes)
      text.append(UInt8(ascii: ","))
      text.append(cell: arm ?? "")
      text.append(UInt8(ascii: "\n"))
      if text.count > 1 << 16 { try write() }
    }
    try write()
    try finish(rejected, console)
  }

  private func version() throws -> AssignmentHash {
    guard let version = AssignmentHash(rawValue: hash) else {
      throw ValidationError("--hash is 1 or 2, and not \(hash)")
    }
    return version
  }

  private static func arm(_ text: String) throws -> (name: String, weight: Double) {
    let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, let weight = Double(parts[1]) else {
      throw ValidationError("an arm is written as control=0.5, and not \(text)")
    }
    return (String(parts[0]), weight)
  }

  private static func layer(_ text: String) throws -> ArmAssignment.Layer {
    let parts = text.split(separator: ":", maxSplits: 1)
    let ends = parts.last?.split(separator: "-").compactMap { Double($0) } ?? []
    guard parts.count == 2, ends.count == 2, ends[0] < ends[1] else {
      throw ValidationError("a part of a layer is written as checkout:0-0.5, and not \(text)")
    }
    return ArmAssignment.Layer(String(parts[0]), ends[0]..<ends[1])
  }
}
