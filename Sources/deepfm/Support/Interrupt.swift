import DeepFMKit
import Dispatch
import Foundation

/// Runs `body`; the first Ctrl-C (or termination signal) meanwhile raises the wish to stop, a second
/// one ends the program at once.
func withInterrupt<Result>(
  _ cancellation: Cancellation, _ body: () throws -> Result
) rethrows -> Result {
  let signals = [SIGINT, SIGTERM]
  let sources = signals.map { number in
    signal(number, SIG_IGN)
    let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
    source.setEventHandler {
      guard !cancellation.isCancelled else { _exit(128 + number) }
      cancellation.cancel()
      FileHandle.standardError.write(
        Data("\nstopping after this step; once more to quit at once\n".utf8))
    }
    source.resume()
    return source
  }
  defer {
    for source in sources { source.cancel() }
    for number in signals { signal(number, SIG_DFL) }
  }
  return try body()
}
