import Features
import Foundation

/// The files of a training run.
///
/// | file | content |
/// |---|---|
/// | `config.yaml` | the configuration in force |
/// | `model.deepfm` | the model, see ``TrainedModel/write(to:includingOptimizer:)`` |
/// | `metrics.json` | the best epoch's metrics, those on test rows, why the run ended, and its speed |
/// | `history.csv` | one line an epoch, those of a pre-training first; `model` tells them apart |
///
/// Each is whole or not there; the model is the same for the same seed, data and device.
public enum RunFolder {
  /// Writes a run's files, and makes the folder where it is not there.
  ///
  /// - Parameter test: the metrics on test rows, where there are any.
  /// - Throws: `InputError` with the file that cannot be written.
  public static func write(
    _ run: TrainingRun, test: Evaluation? = nil, to folder: String
  ) throws {
    try FileManager.default.createDirectory(
      atPath: folder, withIntermediateDirectories: true)
    let model = run.model
    try AtomicFile.write(model.configuration.yaml, to: folder + "/config.yaml")
    try model.write(to: modelPath(in: folder))
    try AtomicFile.write(metrics(of: run, test: test), to: folder + "/metrics.json")
    try AtomicFile.write(history(of: run), to: folder + "/history.csv")
  }

  /// Where a run's model is.
  public static func modelPath(in folder: String) -> String { folder + "/model.deepfm" }

  private struct Summary: Encodable {
    var model: String
    var backend: String
    var validation: Evaluation?
    var test: Evaluation?
    var bestEpoch: Int?
    var epochs: Int
    var steps: Int
    var stopped: String
    var seconds: Double
    var samplesPerSecond: Double
    var pretrainingEpochs: Int?
    var pretrainingSeconds: Double?
  }

  private static func metrics(of run: TrainingRun, test: Evaluation?) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    encoder.keyEncodingStrategy = .convertToSnakeCase
    let summary = Summary(
      model: run.model.configuration.model, backend: run.backend,
      validation: run.model.validation, test: test, bestEpoch: run.model.bestEpoch,
      epochs: run.model.history.count, steps: run.model.step,
      stopped: run.reason.description, seconds: run.duration.seconds,
      samplesPerSecond: run.samplesPerSecond,
      pretrainingEpochs: run.pretraining?.timings.count,
      pretrainingSeconds: run.pretraining?.duration.seconds)
    return String(decoding: try encoder.encode(summary), as: UTF8.self) + "\n"
  }

  private static func history(of run: TrainingRun) -> String {
    var csv =
      "epoch,training_loss,auc,log_loss,normalized_entropy,calibration,learning_rate,improved,"
      + "seconds,loader_wait,device,validation_seconds,samples_per_second,model\n"
    func text(_ value: Double?) -> String { value.map { "\($0)" } ?? "" }
    let (model, first) = (run.model, run.model.pretraining)
    let epochs =
      zip(first?.history ?? [], run.pretraining?.timings ?? []).map { ($0, $1, first?.model) }
      + zip(model.history, run.timings).map { ($0, $1, model.configuration.model) }
    for (record, timing, name) in epochs {
      let validation = record.validation
      let cells = [
        "\(record.epoch)", text(record.trainingLoss), text(validation?.auc),
        text(validation?.logLoss), text(validation?.normalizedEntropy),
        text(validation?.calibration), "\(record.learningRate)", "\(record.improved)",
        text(timing.training.seconds), text(timing.loaderWait.seconds),
        text(timing.device.seconds), text(timing.validation.seconds),
        text(timing.samplesPerSecond), name ?? "",
      ]
      csv += cells.joined(separator: ",") + "\n"
    }
    return csv
  }
}
