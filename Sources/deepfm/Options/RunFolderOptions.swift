import ArgumentParser

/// The run folder that a command makes.
struct RunFolderOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("The run folder to make; it must not be there yet.", valueName: "folder"),
    completion: .directory)
  var out: String

  @Flag(help: "Replace the run folder if it is there.")
  var overwrite = false
}
