import ArgumentParser
import Datasets
import DeepFMKit
import Support

struct VerifyDataCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify-data",
    abstract: "Holds every byte of an encoded dataset against its checksums.",
    discussion: """
      Trainings do the same before they start; --trust spares them the time. Changes of the logs \
      since they were encoded are told too.
      """)

  @Argument(
    help: ArgumentHelp("The folder that deepfm encode made.", valueName: "folder"),
    completion: .directory)
  var data: String

  func run() throws {
    let start = ContinuousClock.now
    let folder = try DatasetFolder(data)
    let seconds = (ContinuousClock.now - start).seconds
    print(manifestTable(folder.manifest))
    for change in folder.changedInputs() { Console().say("note: \(change)") }
    print("undamaged; read in \(duration(seconds))")
  }
}
