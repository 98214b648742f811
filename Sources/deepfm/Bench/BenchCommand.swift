import ArgumentParser

struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench", abstract: "Measures speed.",
    subcommands: [
      BenchTrainCommand.self, BenchPredictCommand.self, BenchOperatorsCommand.self,
      BenchScalingCommand.self, BenchLoaderCommand.self, BenchReadingCommand.self,
      BenchDataCommand.self, BenchServeCommand.self,
    ])
}
