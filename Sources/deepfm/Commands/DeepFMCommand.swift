import ArgumentParser
import DeepFMKit

/// The command line: one file a subcommand; each only reads arguments and prints.
struct DeepFMCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "deepfm",
    abstract: "Trains click-through-rate models through OpenCL.",
    discussion: """
      A first run on your own log (CSV with a header and a column 'label'):

        deepfm train --train log.csv --model deepfm-d --out runs/first
        deepfm evaluate runs/first later.csv
        deepfm predict runs/first new.csv

      No log at hand? 'deepfm demo' trains on MovieLens-100k. Results go to standard output, \
      progress and messages to standard error.
      """,
    version: DeepFMVersion.current,
    subcommands: [CheckDeviceCommand.self, CheckOperatorCommand.self],
    groupedSubcommands: [
      CommandGroup(
        name: "Train and judge",
        subcommands: [
          TrainCommand.self, EvaluateCommand.self, PredictCommand.self, MetricsCommand.self,
          ExportCommand.self, ImportCommand.self, DeltaCommand.self, ModelsCommand.self,
          DemoCommand.self,
        ]),
      CommandGroup(
        name: "Compare",
        subcommands: [
          CompareCommand.self, StudyCommand.self, DaysCommand.self, ReportCommand.self,
        ]),
      CommandGroup(
        name: "Online",
        subcommands: [
          ServeCommand.self, JoinCommand.self, ABCommand.self, MarketCommand.self,
        ]),
      CommandGroup(
        name: "Data",
        subcommands: [
          InspectCommand.self, RowsCommand.self, SchemaCommand.self, HistoryCommand.self,
          EncodeCommand.self, EncodeCountCommand.self, EncodeMergeCommand.self,
          EncodeApplyCommand.self,
          EncodeJoinCommand.self, VerifyDataCommand.self, GenerateCommand.self,
        ]),
      CommandGroup(
        name: "Device",
        subcommands: [
          DevicesCommand.self, DoctorCommand.self, VerifyCommand.self, BenchCommand.self,
        ]),
    ])
}
