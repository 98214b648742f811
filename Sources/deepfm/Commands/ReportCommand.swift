import ArgumentParser
import Experiment

struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Writes the report of a run, a comparison or a study anew from its folder.")

  @Argument(
    help: ArgumentHelp("What train, compare or study wrote.", valueName: "folder"),
    completion: .directory)
  var folder: String

  func run() throws {
    try ReportFiles.regenerate(folder: folder)
    print("\(folder)/report.html")
  }
}
