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
        deepfm predict runs/first new.csv

      Results go to standard output, progress and messages to standard error.
      """,
    version: "0.1.0",
    subcommands: [
      EncodeCommand.self, VerifyDataCommand.self, TrainCommand.self, EvaluateCommand.self,
      PredictCommand.self, MetricsCommand.self, CompareCommand.self, StudyCommand.self,
      ReportCommand.self, VerifyCommand.self,
      ModelsCommand.self, DevicesCommand.self, DoctorCommand.self, BenchCommand.self,
      SchemaCommand.self, InspectCommand.self, GenerateCommand.self, DemoCommand.self,
      CheckDeviceCommand.self,
    ])
}
