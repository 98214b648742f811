import ArgumentParser
import DeepFMKit
import Foundation
import Support

/// How a training outlasts an end before its time.
struct CheckpointOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Keep a checkpoint every so often: 90s, 10m, 2h.",
      discussion:
        "Written beside the training into the folder OUT.partial; no more than that is lost, "
        + "whenever the machine goes down.", valueName: "time"))
  var checkpoint: Interval?

  @Flag(
    help: ArgumentHelp(
      "Go on from the checkpoint of the same command, if there is one: to the same bytes."))
  var resume = false

  /// A time on the command line.
  struct Interval: ExpressibleByArgument {
    let duration: Duration

    init?(argument: String) {
      let units = ["s": 1.0, "m": 60, "h": 3600]
      guard let unit = units[String(argument.suffix(1))], let number = Double(argument.dropLast()),
        number >= 0, number.isFinite, number * unit < 1e9
      else { return nil }
      duration = .seconds(number * unit)
    }
  }

  /// When checkpoints are kept, and where; nil for never.
  ///
  /// - Parameter attachment: what is kept with them.
  func policy(_ place: RunPlace, attachment: @escaping () -> String?) -> CheckpointPolicy? {
    checkpoint.map { [folder = place.checkpoints] interval in
      CheckpointPolicy(every: interval.duration, attachment: attachment) { try folder.write($0) }
    }
  }

  /// The checkpoint to go on from; nil where there is none, which is told if one was asked for.
  ///
  /// - Parameter folder: the run folder that has it.
  func start(
    in folder: String?, _ place: RunPlace, _ console: Console
  ) throws -> Checkpoint? {
    guard resume else { return nil }
    guard let folder else {
      console.say("note: there is no checkpoint to go on from: the training begins")
      return nil
    }
    let checkpoint = try CheckpointFolder(of: folder).read()
    // Of a run that a signal has ended what it told is taken over.
    if folder == place.interrupted, folder != place.folder {
      try takeEvents(from: folder, to: place.folder)
    }
    return checkpoint
  }

  /// Takes over what a training that a signal has ended told of itself.
  private func takeEvents(from run: String, to folder: String) throws {
    let files = FileManager.default
    for name in try files.contentsOfDirectory(atPath: run) where name.hasPrefix("events.") {
      try files.copyItem(atPath: "\(run)/\(name)", toPath: "\(folder)/\(name)")
    }
  }
}
