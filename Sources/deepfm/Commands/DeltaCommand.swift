import ArgumentParser
import DeepFMKit
import Foundation
import Support

struct DeltaCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "delta",
    abstract: "Keeps what changed from one model to the next as a file, and puts it back.",
    discussion: """
      A day changes few rows of the tables: a delta holds these, the other parameters and the encoder's new \
      values. The earlier model and the delta give the later one, byte for byte.

        deepfm delta make runs/monday runs/tuesday --without-optimizer --out tuesday.delta
        deepfm delta apply runs/monday tuesday.delta --out tuesday.deepfm

      deepfm serve takes a version of a model as a delta: models/NAME/VERSION/model.delta, beside the version that \
      it was made from.
      """,
    subcommands: [DeltaMakeCommand.self, DeltaApplyCommand.self])
}

struct DeltaMakeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "make", abstract: "Writes what changed from one model to another.")

  @Argument(
    help: ArgumentHelp("The earlier model: a run folder or model file.", valueName: "base"),
    completion: .file())
  var base: String

  @Argument(
    help: ArgumentHelp("The later model: a run folder or model file.", valueName: "model"),
    completion: .file())
  var model: String

  @Option(help: ArgumentHelp("The file to write.", valueName: "file"), completion: .file())
  var out: String

  @Flag(
    help: "Of both models without the optimizers' numbers, which nothing but more training needs.")
  var withoutOptimizer = false

  func run() throws {
    let paths = [modelFile(base), modelFile(model)]
    try checkWritableFile(out)
    try checkApart([out], from: paths)
    var models = try paths.map {
      try TrainedModel(contentsOf: $0, includingOptimizer: !withoutOptimizer)
    }
    let delta = try ModelDelta(from: models[0], to: models[1])
    if !withoutOptimizer { try checkBytes(of: paths[1], are: delta.result) }
    // What is promised is tried out before anything is written.
    _ = try delta.applied(to: models[0], named: out)
    models = []
    try delta.write(to: out)
    let (changed, all) = delta.changedRows
    let size = try FileManager.default.attributesOfItem(atPath: out)[.size] as? Int ?? 0
    print(
      "\(changed) of \(all) rows and \(delta.changedValues) values changed: \(bytes(size)) in place of "
        + "\(bytes(delta.result.size)); base \(delta.base.hash), result \(delta.result.hash)")
  }

  /// A model file of another version of the program may hold the same in other bytes.
  private func checkBytes(of path: String, are result: ModelDelta.Identity) throws {
    let data = try Data(contentsOf: URL(filePath: path), options: .mappedIfSafe)
    guard data.withUnsafeBytes({ hexadecimal(XXH64.hash($0)) }) == result.hash else {
      throw UserError(
        path, found: "a model file as another version of deepfm writes it",
        expected: "one that can be had again byte for byte",
        remedy: "train it again, or make the delta --without-optimizer")
    }
  }
}

struct DeltaApplyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "apply", abstract: "Writes the later model, from the earlier one and the changes.")

  @Argument(
    help: ArgumentHelp("The earlier model: a run folder or model file.", valueName: "base"),
    completion: .file())
  var base: String

  @Argument(help: ArgumentHelp("The changes.", valueName: "delta"), completion: .file())
  var delta: String

  @Option(help: ArgumentHelp("The model file to write.", valueName: "file"), completion: .file())
  var out: String

  func run() throws {
    try checkWritableFile(out)
    try checkApart([out], from: [modelFile(base), delta])
    let changes = try ModelDelta(contentsOf: delta)
    let model = try changes.applied(to: TrainedModel(contentsOf: modelFile(base)), named: delta)
    try model.write(to: out)
    print("\(model); \(bytes(changes.result.size)), \(changes.result.hash)")
  }
}
