import ArgumentParser
import DeepFMKit
import Foundation

struct PredictCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "predict",
    abstract: "Prints the click probability of each row of a log, one a line.",
    discussion: """
      The log needs the columns the model was trained with, but no label; further columns are \
      ignored, and values not seen in training count as unknown ones of their field.
      """)

  @Argument(help: ArgumentHelp("A run folder, or the model file in it.", valueName: "model"))
  var model: String

  @Argument(help: ArgumentHelp("The log: one or more files.", valueName: "file"))
  var files: [String] = []

  @OptionGroup var encoded: EncodedRowsOptions

  @Option(help: ArgumentHelp("A file to write instead of standard output.", valueName: "file"))
  var out: String?

  @OptionGroup var device: DeviceOptions

  func run() throws {
    let model = try TrainedModel(contentsOf: modelFile(model))
    let rows = try encoded.rows(of: model, or: files, labels: .optional)
    let probabilities = try predict(model, rows, on: device.backend())
    // The shortest text that reads back as the same number: nothing is lost.
    let text = probabilities.reduce(into: "") { $0 += "\($1)\n" }
    if let out {
      try AtomicFile.write(text, to: out)
    } else {
      FileHandle.standardOutput.write(Data(text.utf8))
    }
  }

  private func predict(
    _ model: TrainedModel, _ rows: Dataset, on backend: some Backend
  ) throws -> [Float] {
    try Predictor(model, on: backend).predict(rows)
  }
}
