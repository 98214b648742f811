import ArgumentParser
import DeepFMKit
import Foundation
import Import
import Support

struct ImportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Makes a run folder of a model that FuxiCTR or DeepCTR-Torch has trained.",
    discussion: """
        deepfm import DeepFM.model --features data/movielens --out runs/imported
        deepfm import deepfm.pt --model deepfm-d --out runs/imported

      LR, FM, DeepFM and Wide & Deep, where shapes agree; the run folder predicts what the model did, and \
      everything else reads it too: evaluate, export, serve, train --from. The checkpoint is what torch.save wrote \
      of the model's state_dict; nothing in it is run.

      FuxiCTR keeps the values of its features in a folder, which --features names. DeepCTR-Torch keeps none: \
      without --features the log is to have the ids that the model was trained with.
      """)

  /// The models there are elsewhere.
  enum Kind: String, ExpressibleByArgument, CaseIterable {
    case lr, fm
    case deepfm = "deepfm-d"
    case wideAndDeep = "lr-dnn"
  }

  @Argument(
    help: ArgumentHelp("What torch.save wrote of the model.", valueName: "checkpoint"),
    completion: .file())
  var checkpoint: String

  @Option(
    help: ArgumentHelp(
      "FuxiCTR's folder with feature_map.json and feature_vocab.json; of DeepCTR-Torch a JSON file.",
      discussion: #"{"user": {"anna": 1, "ben": 2}, …}: the row of each value, by field."#,
      valueName: "path"), completion: .file())
  var features: String?

  @Option(help: "The model; by default told from the layers, which DeepCTR-Torch's do not tell.")
  var model: Kind?

  @Option(help: "The activation of the hidden layers, which no checkpoint tells.")
  var activation = Activation.relu

  @Option(
    help: ArgumentHelp(
      "A log as those to come: its format is taken; without it a CSV with commas.",
      valueName: "file"), completion: .file())
  var log: String?

  @Option(help: ArgumentHelp("The column of clicks.", valueName: "column"))
  var label: String?

  @OptionGroup var runFolder: RunFolderOptions

  func run() throws {
    try checkApart([runFolder.out], from: [checkpoint, features, log].compactMap(\.self))
    let place = try RunPlace(runFolder.out, overwrites: runFolder.overwrite)
    var isSaved = false
    defer { if !isSaved { place.discard() } }
    let imported = try CheckpointImport.model(
      checkpoint, features: features, as: model?.rawValue, schema: schema(),
      activation: activation)
    try place.publish(imported.model) { folder in
      try AtomicFile.write(imported.model.configuration.yaml, to: folder + "/config.yaml")
      try imported.model.write(to: RunFolder.modelPath(in: folder))
    }
    isSaved = true
    for note in imported.notes { Console().say("note: \(note)") }
    print("\(imported.model); saved to \(runFolder.out)")
  }

  /// What is known of logs.
  private func schema() throws -> Schema {
    var schema = Schema(label: label.map { Schema.Label(column: $0) })
    guard let log else {
      schema.format = .csv
      return schema
    }
    if let first = try LogSource.named([log]).first {
      schema.format = try LogFormat.detected(in: first)
    }
    return schema
  }
}

extension Activation: ExpressibleByArgument {}
