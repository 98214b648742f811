import ArgumentParser
import DeepFMKit
import Experiment
import Foundation

/// What compare and study have in common: rows, models, seeds, devices, and the folder.
struct ExperimentOptions: ParsableArguments {
  @OptionGroup var data: DataOptions
  @OptionGroup var trust: TrustOptions

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp("The log that judges each trained model.", valueName: "file"),
    completion: .file())
  var test: [String] = []

  @Option(
    help: ArgumentHelp("An experiment file: models, seeds, settings.", valueName: "file"),
    completion: .file())
  var config: String?

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp("Which models, all of the file (or all there are) if not set."))
  var models: [String] = []

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp("The seeds of initial values, dropout and shuffling.", valueName: "seed"))
  var seeds: [UInt64] = []

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "The devices to train on: as --device of deepfm train, one or several.", valueName: "device"))
  var devices: [String] = ["auto"]

  @Option(help: "How matrices are multiplied: as --gemm of deepfm train.")
  var gemm = MatrixProducts.Policy.auto

  @OptionGroup var placement: MemoryOptions

  @Option(
    help: ArgumentHelp(
      "The folder of all runs and of the report; one that is there is gone on with.",
      valueName: "folder"), completion: .directory)
  var out: String

  @Flag(
    inversion: .prefixedNo,
    help: "Keep each run's model beside its numbers: compare does, study does not.")
  var keepModels: Bool?

  @OptionGroup(title: "Settings of all models, over those of --config")
  var settings: SettingOptions<ManyTrainings>

  /// The experiment file; an empty one if none was given.
  func file() throws -> ExperimentFile {
    try checkApart([out] + data.rejection.results, from: [config].compactMap(\.self))
    return try config.map { try ExperimentFile(yaml: readText($0), name: $0) } ?? ExperimentFile()
  }

  /// The models that were asked for; nil for those of the file.
  var chosenModels: [String]? {
    let names = models.flatMap { $0.split(separator: ",").map(String.init) }
    return names.isEmpty ? nil : names
  }

  func chosenSeeds(_ file: ExperimentFile, otherwise usual: [UInt64]) throws -> [UInt64] {
    let chosen = seeds.isEmpty ? (file.seeds.isEmpty ? usual : file.seeds) : seeds
    guard Set(chosen).count == chosen.count else { throw ValidationError("a seed stands twice") }
    return chosen
  }

  /// Everything that runs need.
  struct Prepared {
    let data: ExperimentData
    let runner: ExperimentRunner
    let devices: [ExperimentRecord.Device]
  }

  /// Opens the folder, finds the devices, encodes the rows.
  func prepare(_ configuration: TrainingConfiguration, keepsModels: Bool = true) throws -> Prepared
  {
    let store = try RunStore(folder: out)
    let console = Console()
    // One split for all seeds: what varies is the training alone.
    let rows = try data.load(
      configuration, test: test, settings: settings.given, beside: out, console)
    let names = (data.data.map { [$0] } ?? data.train + data.valid) + test
    try devices.forEach(placement.refuse)
    let shared = ExperimentData(rows, test: rows.test, names: names)
    let runner = ExperimentRunner(
      shared, in: store, keepsModels: keepsModels, products: gemm, prepare: placement.apply
    ) {
      try trust.check(
        $1, named: $0.device, gemm, for: .training,
        $0.configuration.chosen(for: LogFacts(rows.training, rows.encoder)), of: rows.encoder,
        console)
    }
    let devices = try devices.map {
      if let doubt = try runner.doubt(about: $0) { console.say("note: \($0): \(doubt)") }
      return ExperimentRecord.Device(name: $0, description: try runner.description(of: $0))
    }
    return Prepared(data: shared, runner: runner, devices: devices)
  }

  /// Says where everything is, and whether all of it is there.
  func end(_ record: ExperimentRecord) throws {
    print("report: \(out)/report.html")
    for failure in record.failures {
      Console().say("failed: \(failure.variant), seed \(failure.seed): \(failure.reason)")
    }
    if record.missing > 0 {
      Console().say("runs still to be made: \(record.missing); the same command goes on")
      throw Interrupt.exitCode ?? ExitCode(130)
    }
    if record.runs.isEmpty { throw ExitCode.failure }
  }
}

extension CommandLine {
  /// The command as it was typed, the program by its name alone.
  static var words: [String] { ["deepfm"] + arguments.dropFirst() }
}
