import ArgumentParser
import Cluster
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
    // A file that may not be longer is an error of writing, too.
    signal(SIGXFSZ, SIG_IGN)
    StandardStream.keepPlaces()
    Launch.current.takeProcessors()
    do {
      var command = try DeepFMCommand.parseAsRoot(
        EncodeParts.words(Array(CommandLine.arguments.dropFirst())))
      try command.run()
      for stream in [StandardStream.output, .error] {
        if let failure = stream.failure { throw failure }
      }
    } catch {
      end(error)
    }
  }

  /// Says what a command ends with: help and versions on standard output, errors on standard error.
  private static func end(_ error: any Error) -> Never {
    let code = DeepFMCommand.exitCode(for: error)
    let text = DeepFMCommand.fullMessage(for: error)
    let stream = code.isSuccess ? StandardStream.output : .error
    let prefix = code.isSuccess ? "" : Ranks.turn()
    if !text.isEmpty { stream.write(prefix + text + "\n") }
    if !code.isSuccess { Ranks.abort(code: code.rawValue) }
    if code.isSuccess, let failure = stream.failure { end(failure) }
    exit(code.rawValue)
  }
}
