import ArgumentParser
import DeepFMKit
import Dispatch
import Foundation
import Support
import Synchronization

/// The signals that ask a command to stop: Ctrl-C, and what a scheduler sends.
enum Interrupt {
  private static let received = Atomic<Int32>(0)

  /// The exit code of a command that was asked to stop, as shells count it; nil where it was not. What
  /// was saved by then is not all that was asked for: a scheduler must not take it so.
  static var exitCode: ExitCode? {
    let number = received.load(ordering: .acquiring)
    return number == 0 ? nil : ExitCode(128 + number)
  }

  fileprivate static func receive(_ number: Int32, _ cancellation: Cancellation) {
    guard !cancellation.isCancelled else { _exit(128 + number) }
    received.store(number, ordering: .releasing)
    cancellation.cancel()
    StandardStream.error.write("\nstopping after this step; once more to quit at once\n")
  }
}

/// Runs `body`; the first signal meanwhile raises the wish to stop, a second one ends the program at
/// once.
func withInterrupt<Result>(
  _ cancellation: Cancellation, _ body: () throws -> Result
) rethrows -> Result {
  let signals = [SIGINT, SIGTERM]
  let sources = signals.map { number in
    Foundation.signal(number, SIG_IGN)
    let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
    source.setEventHandler { Interrupt.receive(number, cancellation) }
    source.resume()
    return source
  }
  defer {
    for source in sources { source.cancel() }
    for number in signals { Foundation.signal(number, SIG_DFL) }
  }
  return try body()
}
