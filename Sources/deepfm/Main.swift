import ArgumentParser
import Foundation
import Support

@main
enum Main {
  /// Runs the command line.
  ///
  /// A reader of the output that has gone is an error of writing and no signal: a training must not die
  /// of `| head`. What could not be written makes the exit code 1, whatever else went well.
  static func main() {
    signal(SIGPIPE, SIG_IGN)
    do {
      var command = try DeepFMCommand.parseAsRoot()
      try command.run()
      for stream in [StandardStream.output, .error] {
        if let failure = stream.failure { throw failure }
      }
    } catch {
      DeepFMCommand.exit(withError: error)
    }
  }
}
