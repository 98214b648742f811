import ArgumentParser
import DeepFMKit
import Experiment
import Foundation
import Reports
import Statistics
import Support

struct CompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Trains several models with several seeds and holds them against each other.",
    discussion: """
      All models see the same rows, encoded once. Every run has its own folder under --out; the same \
      command goes on after an interruption and never repeats a finished run of the same settings, \
      data and device. report.html, report.md and results.json are written into --out.

        deepfm compare --train train.csv --test test.csv --models lr fm deepfm-d --out runs/first

      An experiment file names models, seeds and settings:

        champion: deepfm-d
        seeds: [1, 2, 3, 4, 5]
        settings: {batch_size: 4096}
        models:
          lr: {learning_rate: 1e-3}
          deepfm-d: {embedding_l2: 0.05}
      """)

  @OptionGroup var options: ExperimentOptions

  @Option(
    help: ArgumentHelp(
      "The model that the others are tested against (deepfm-d where it takes part).",
      valueName: "model"))
  var champion: String?

  func run() throws {
    let file = try options.file()
    guard file.space.isEmpty else {
      throw ValidationError("a file with a space is a study: deepfm study --config …")
    }
    let variants = try file.variants(only: options.chosenModels, over: options.settings.given)
    let seeds = try options.chosenSeeds(file, otherwise: [1, 2, 3])
    let champion = try chooseChampion(file, variants)
    let prepared = try options.prepare(
      variants[0].configuration, keepsModels: options.keepModels ?? true)
    var record = ExperimentRecord(
      kind: .compare, title: file.title ?? "Comparison of click models",
      command: CommandLine.words, data: prepared.data.description, champion: champion,
      variants: variants, seeds: seeds, devices: prepared.devices)

    let cancellation = Cancellation()
    let progress = ExperimentProgress(Console())
    let requests = record.requests
    let outcome = try withInterrupt(cancellation) {
      try prepared.runner.run(
        requests, cancellation: cancellation, report: { progress.show($0) },
        save: {
          record.take($0, of: requests.count)
          try ReportFiles.write(record, to: options.out)
        })
    }
    record.take(outcome, of: requests.count)
    try ReportFiles.write(record, to: options.out)
    try show(Comparison(record, in: options.out))
    try options.end(record)
  }

  private func chooseChampion(
    _ file: ExperimentFile, _ variants: [Variant]
  ) throws -> String? {
    let names = variants.map(\.name)
    guard let wanted = (champion ?? file.champion)?.lowercased() else {
      return names.contains("deepfm-d") ? "deepfm-d" : nil
    }
    guard names.contains(wanted) else {
      let guess = nearest(to: wanted, among: names).map { "; did you mean '\($0)'?" } ?? ""
      throw ValidationError(
        "the champion '\(wanted)' is none of the models (\(names.joined(separator: ", ")))\(guess)")
    }
    return wanted
  }

  private func show(_ comparison: Comparison) {
    var table = TextTable(
      "model", "device", "runs", "AUC", "LogLoss", "NE", "p", "samples/s", "s/epoch", "× LR",
      "+ pre")
    func text(_ spread: Spread?, _ digits: Int) -> String {
      guard let spread else { return "–" }
      return fixed(spread.mean, digits)
        + (spread.deviation.map { " ± \(fixed($0, digits))" } ?? "")
    }
    for row in comparison.rows {
      table.add(
        row.variant, row.device, "\(row.seeds.count)", text(row.auc, 5), text(row.logLoss, 5),
        fixed(row.normalizedEntropy?.mean, 4), fixed(row.aucTest?.p, 4),
        row.samplesPerSecond.map { rate($0.mean) } ?? "–", fixed(row.secondsPerEpoch?.mean, 2),
        fixed(row.epochRatio, 2), fixed(row.pretrainingRatio, 2))
    }
    print(table)
    let rows = comparison.evaluatedOn == .test ? "test" : "validation"
    print(
      "AUC, LogLoss and NE of the \(rows) rows, mean ± standard deviation over seeds",
      terminator: "")
    print(comparison.record.champion.map { "; p: paired t-test of AUC against \($0)" } ?? "")
  }
}
