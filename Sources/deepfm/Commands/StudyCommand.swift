import ArgumentParser
import DeepFMKit
import Experiment
import Reports

struct StudyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "study",
    abstract:
      "Varies settings and ranks what comes out: the paper's studies, or a search of one's own.",
    discussion: """
      A study of the paper, in a word:

        deepfm study --vary dropout --models deepfm-d fnn --train … --test … --out runs/dropout

      A search of one's own goes through the space of an experiment file:

        models: [deepfm-d]
        space:
          learning_rate: {from: 1e-4, to: 1e-2, scale: log}
          dropout: [0, 0.2, 0.5]
          hidden: [[200, 200], [400, 400, 400]]
        search: random            # or grid, the default, for lists alone
        samples: 30
        halving: {epochs: 2, factor: 3}

      Halving trains every point for few epochs, and the best of each round for more. The ranking goes \
      by the validation rows alone. The same command goes on after an interruption.
      """)

  @OptionGroup var options: ExperimentOptions

  @Option(
    help: ArgumentHelp(
      "A study of the paper: \(StudyPreset.allCases.map(\.rawValue).joined(separator: ", ")).",
      valueName: "name"))
  var vary: StudyPreset?

  func run() throws {
    var file = try options.file()
    if let vary {
      guard file.space.isEmpty else {
        throw ValidationError("--vary and a file with a space are two studies: choose one")
      }
      file.space = vary.space
    }
    guard !file.space.isEmpty else {
      throw ValidationError("nothing to vary: give --vary, or --config with a space")
    }
    let seeds = try options.chosenSeeds(file, otherwise: [1])
    let variants = try Study.variants(
      file, only: options.chosenModels, over: options.settings.given, seed: seeds[0],
      origin: options.config ?? "--vary")
    let prepared = try options.prepare(
      variants[0].configuration, keepsModels: options.keepModels ?? false)
    guard prepared.data.rows.validation != nil else {
      throw ValidationError("a study ranks by validation rows: give --valid, or a --valid-fraction")
    }
    let title = vary?.title ?? file.title ?? "Search of settings"
    let record = ExperimentRecord(
      kind: .study, title: title, command: CommandLine.words, data: prepared.data.description,
      variants: variants, seeds: seeds, devices: prepared.devices,
      study: StudyRecord(keys: file.space.keys, preset: vary, samples: file.search.samples))

    let cancellation = Cancellation()
    let progress = ExperimentProgress(Console())
    let done = try withInterrupt(cancellation) {
      try Study.run(
        record, method: file.search, with: prepared.runner, cancellation: cancellation,
        report: { progress.show($0) }, save: { try ReportFiles.write($0, to: options.out) })
    }
    try show(StudyResult(done, in: options.out))
    try options.end(done)
  }

  private func show(_ result: StudyResult) {
    let keys = result.record.study?.keys ?? []
    let hasTest = result.rows.contains { $0.testAUC != nil }
    var header = ["place", "model"] + keys
    header += ["valid AUC", "valid LogLoss"]
    if hasTest { header += ["test AUC", "test LogLoss"] }
    header += ["epochs", "s/epoch"]
    var table = TextTable(header)
    for (place, row) in result.rows.enumerated() {
      var cells = ["\(place + 1)", row.model]
      cells += keys.map { key in row.point.first { $0.key == key }?.value ?? "" }
      cells += [fixed(row.validationAUC?.mean, 5), fixed(row.validationLogLoss?.mean, 5)]
      if hasTest { cells += [fixed(row.testAUC?.mean, 5), fixed(row.testLogLoss?.mean, 5)] }
      cells += [fixed(row.epochs?.mean, 1), fixed(row.secondsPerEpoch?.mean, 2)]
      table.add(cells)
    }
    print(table)
  }
}

extension StudyPreset: ExpressibleByArgument {}
