import ArgumentParser
import DeepFMKit
import Foundation
import Support

struct PredictCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "predict",
    abstract: "Prints the click probability of each row of a log, one a line.",
    discussion: """
      The log needs the columns the model was trained with, but no label; further columns are \
      ignored, and values not seen in training count as unknown ones of their field. With --on-error \
      skip or quarantine a row that cannot be read has an empty line.
      """)

  @Argument(
    help: ArgumentHelp("A run folder, or the model file in it.", valueName: "model"),
    completion: .file())
  var model: String

  @Argument(
    help: ArgumentHelp(
      "The log: one or more files, patterns, or - for standard input.", valueName: "file"),
    completion: .file())
  var files: [String] = []

  @OptionGroup var encoded: EncodedRowsOptions

  @Option(
    help: ArgumentHelp("A file to write instead of standard output.", valueName: "file"),
    completion: .file())
  var out: String?

  @OptionGroup var rejection: RejectionOptions
  @OptionGroup var device: DeviceOptions

  func run() throws {
    if let out { try checkWritableFile(out) }
    let model = try TrainedModel(contentsOf: modelFile(model))
    let rejected = try RejectedRows(rejection.policy, keepsNumbers: true)
    let rows = try encoded.rows(of: model, or: files, labels: .optional, rejecting: rejected)
    try finish(rejected, Console())
    let probabilities = try predict(model, rows, on: device.backend())
    let text = lines(probabilities, rejected: rejected.numbers ?? [])
    if let out {
      try AtomicFile.write(text, to: out)
    } else {
      try StandardStream.output.writeChecked(text)
    }
  }

  /// A line for each row of the log, so that the two stay side by side: an empty one for a row that could
  /// not be read.
  private func lines(_ probabilities: [Float], rejected: [Int]) -> String {
    var (text, row, rejected) = ("", 0, rejected[...])
    func skipRejected() {
      while rejected.first == row {
        text += "\n"
        row += 1
        rejected.removeFirst()
      }
    }
    for probability in probabilities {
      skipRejected()
      // The shortest text that reads back as the same number: nothing is lost.
      text += "\(probability)\n"
      row += 1
    }
    skipRejected()
    return text
  }

  private func predict(
    _ model: TrainedModel, _ rows: Dataset, on backend: some Backend
  ) throws -> [Float] {
    try Predictor(model, on: backend).predict(rows)
  }
}
