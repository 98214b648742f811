import Features
import Support

extension RunFolder {
  private static let columns =
    "epoch,training_loss,auc,log_loss,normalized_entropy,calibration,learning_rate,improved,"
    + "seconds,loader_wait,device,validation_seconds,samples_per_second,model"

  /// The lines of `history.csv`.
  static func history(of run: TrainingRun) -> String {
    func text(_ value: Double?) -> String { value.map { "\($0)" } ?? "" }
    let (model, first) = (run.model, run.model.pretraining)
    let epochs =
      zip(first?.history ?? [], run.pretraining?.timings ?? []).map { ($0, $1, first?.model) }
      + zip(model.history.suffix(run.timings.count), run.timings).map {
        ($0, $1, model.configuration.model)
      }
    return epochs.reduce(into: columns + "\n") { csv, epoch in
      let (record, timing, name) = epoch
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
  }

  /// The epochs of a run, those of a pre-training first.
  ///
  /// - Throws: `UserError` where the folder holds no whole run.
  package static func history(in folder: String) throws -> [RunEpoch] {
    let path = folder + "/history.csv"
    let lines = String(decoding: try read(path), as: UTF8.self).split(separator: "\n")
    guard let header = lines.first else { return [] }
    let names = header.split(separator: ",").map(String.init)
    return try lines.dropFirst().enumerated().map { number, line in
      let cells = line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
      let values = Dictionary(zip(names, cells)) { first, _ in first }
      guard cells.count == names.count, let epoch = values["epoch"].flatMap({ Int($0) }),
        let loss = values["training_loss"].flatMap({ Double($0) }),
        let rate = values["learning_rate"].flatMap({ Double($0) }),
        let seconds = values["seconds"].flatMap({ Double($0) })
      else {
        throw UserError(
          path, line: number + 2, found: "another line", expected: "an epoch as a run writes it",
          remedy: "make the run again")
      }
      return RunEpoch(
        model: values["model"] ?? "", epoch: epoch, trainingLoss: loss,
        auc: values["auc"].flatMap { Double($0) },
        logLoss: values["log_loss"].flatMap { Double($0) }, learningRate: rate,
        improved: values["improved"] == "true", seconds: seconds)
    }
  }
}
