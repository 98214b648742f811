import ArgumentParser
import DeepFMKit
import Export
import Foundation
import Support

struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Writes a model as a file that other programs read.",
    discussion: """
      onnx: for onnxruntime and others. The graph is given the values of each field by its name, as a \
      log has them: texts, numbers, lists filled up with empty texts; it knows the vocabularies, unknown \
      and missing values, and what --negative-rate changed. --inputs ids makes one that is given ids, for \
      runtimes without texts. Its output is named probability.

      Constants of more than 64 MiB go into a second file, FILE.data, which has to stay beside it.

      safetensors: the parameters by their names, for NumPy and PyTorch, with the value that each row of a \
      table stands for.
      """)

  enum Format: String, ExpressibleByArgument, CaseIterable {
    case onnx
    case safetensors
  }

  @Argument(
    help: ArgumentHelp("A run folder, or the model file in it.", valueName: "model"),
    completion: .file())
  var model: String

  @Option(help: "What to write.")
  var format = Format.onnx

  @Option(help: "What the graph is given: raw values, or ids.")
  var inputs = ONNXInputs.raw

  @Option(
    help: ArgumentHelp(
      "The file to write; by default the model's name with the format's, beside it.",
      valueName: "file"),
    completion: .file())
  var out: String?

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "Logs to compare the file with prediction on, by onnxruntime.", valueName: "file"),
    completion: .file())
  var verify: [String] = []

  @Option(help: "The Python interpreter with the packages onnx and onnxruntime, for --verify.")
  var python = "python3"

  @OptionGroup var device: DeviceOptions

  func run() throws {
    let file = modelFile(model)
    let path = out ?? URL(filePath: file).deletingPathExtension().path + ".\(format.rawValue)"
    try checkWritableFile(path)
    try checkApart([path], from: [file])
    try LogSource.check(LogSource.named(verify), apartFrom: [path])
    let trained = try TrainedModel(contentsOf: file, includingOptimizer: false)
    switch format {
    case .onnx: try writeONNX(trained, to: path)
    case .safetensors:
      try trained.writeSafetensors(to: path, version: DeepFMVersion.current)
      print(path)
    }
  }

  func validate() throws {
    guard format != .onnx, !verify.isEmpty || inputs != .raw else { return }
    throw ValidationError("--verify and --inputs are for --format onnx")
  }

  private func writeONNX(_ trained: TrainedModel, to path: String) throws {
    let onnx = try trained.onnx(inputs, version: DeepFMVersion.current)
    for (path, bytes) in try onnx.write(to: path) {
      print("\(path)  \(bytes.formatted(.byteCount(style: .file)))")
    }
    for note in trained.onnxNotes(inputs) { Console().say(note) }
    guard !verify.isEmpty else { return }
    try compare(trained, with: path, on: device.backend())
  }

  private func compare(
    _ model: TrainedModel, with path: String, on backend: some Backend
  ) throws {
    let found = try ONNXVerification.run(
      path, inputs, try LogSource.named(verify), predictor: Predictor(model, on: backend),
      python: python)
    print(
      "\(found.rows) rows, onnxruntime \(found.runtime): largest difference \(found.largest), "
        + "\(found.over) over \(ONNXVerification.tolerance)")
    guard found.over == 0 else {
      throw UserError(
        path, found: "\(found.over) of \(found.rows) probabilities that differ",
        expected: "differences up to \(ONNXVerification.tolerance)",
        remedy: "do not use the file, and tell the program's makers")
    }
  }
}

extension ONNXInputs: ExpressibleByArgument {}
