import ArgumentParser
import Datasets
import DeepFMKit
import Foundation
import Reports
import Support
import Synthetic

struct DemoCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "demo",
    abstract: "Trains LR, FM and DeepFM-D on MovieLens-100k and compares them.")

  @Option(
    help: ArgumentHelp(
      "The folder with RecBole's ml-100k.inter, .user and .item; a synthetic log without it.",
      valueName: "folder"), completion: .directory)
  var movielens: String?

  @OptionGroup var device: DeviceOptions

  func run() throws {
    let backend = try device.backend()
    let console = Console()
    let (log, name, schema) = try readLog()
    console.say("data: \(name)")

    let configuration = TrainingConfiguration()
    let start = ContinuousClock.now
    let logs = try EncodedLogs(
      [log], schema: schema,
      split: DataSplit(.random, sizes: DataSplit.usualSizes, seed: configuration.seed))
    let parts = DataSplit.Part.allCases.map(logs.rows)
    let layout = logs.encoder.layout
    console.say(
      "encoded \(parts[0].rows) training, \(parts[1].rows) validation and \(parts[2].rows) test "
        + "rows, \(layout.fields) fields, \(layout.features) features in "
        + duration((ContinuousClock.now - start).seconds))

    let data = TrainingData(encoder: logs.encoder, training: parts[0], validation: parts[1])
    var table = TextTable(
      "model", "test AUC", "LogLoss", "samples/s", "epochs", "time", "time/epoch (LR = 1)")
    var secondsOfLR: Double?
    for model in ["lr", "fm", "deepfm-d"] {
      let (run, evaluation) = try train(model, data, test: parts[2], on: backend)
      let training = run.timings.reduce(0) { $0 + $1.training.seconds }
      let perEpoch = training / Double(max(run.timings.count, 1))
      let reference = secondsOfLR ?? perEpoch
      secondsOfLR = reference
      table.add(
        model, fixed(evaluation.auc, 4), fixed(evaluation.logLoss, 4), rate(run.samplesPerSecond),
        "\(run.timings.count)", duration(training), fixed(perEpoch / reference, 2))
    }
    print(table)
    print("on \(backend.description)")
  }

  private func readLog() throws -> (LogSource, name: String, Schema) {
    guard let movielens else {
      let rows = 100_000
      let log = SyntheticLog(seed: 1).source(rows: 0..<rows)
      return (log, "a synthetic log of \(rows) rows", Schema())
    }
    let log = try MovieLens100K.join(folder: movielens)
    return (
      .text(log.text, name: "ml-100k.csv"), "MovieLens-100k, a click is a rating over 3", Schema()
    )
  }

  private func train(
    _ model: String, _ data: TrainingData, test: Dataset, on backend: some Backend
  ) throws -> (TrainingRun, Evaluation) {
    var report = TrainingReport(Console())
    let run = try Trainer(
      data, configuration: TrainingConfiguration(model: model, preset: .auto), backend: backend
    ).run { report.show($0) }
    return (run, try Predictor(run.model, on: backend).evaluate(test))
  }
}
