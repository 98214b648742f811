import Dispatch
import Foundation

/// Work in a process of its own, whose crash or endless loop is an outcome and not the end of this one.
package enum Subprocess {
  package enum Outcome: Sendable {
    /// It ended by itself with this exit code and printed this.
    case ended(code: Int32, output: Data)
    /// A signal ended it.
    case crashed(signal: Int32)
    /// It was ended, since it took longer than it may.
    case expired
  }

  /// Runs a program to its end; its messages are dropped.
  ///
  /// - Parameters:
  ///   - command: the program's path and its arguments.
  ///   - input: what it reads from standard input.
  ///   - limit: how long it may take, in seconds.
  /// - Throws: where it cannot be started.
  package static func run(
    _ command: [String], input: String = "", limit: Double
  ) throws -> Outcome {
    let process = Process()
    process.executableURL = URL(filePath: command[0])
    process.arguments = Array(command.dropFirst())
    // A file without a name and not a pipe: a process that is gone before it has read would be a signal here.
    let question = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try Data(input.utf8).write(to: question)
    let file = try FileHandle(forReadingFrom: question)
    try FileManager.default.removeItem(at: question)
    let answer = Pipe()
    (process.standardInput, process.standardOutput) = (file, answer)
    process.standardError = FileHandle.nullDevice
    try process.run()
    let identifier = process.processIdentifier
    let watchdog = DispatchWorkItem { kill(identifier, SIGKILL) }
    DispatchQueue.global().asyncAfter(deadline: .now() + limit, execute: watchdog)
    let start = ContinuousClock.now
    let output = (try? answer.fileHandleForReading.readToEnd()) ?? Data()
    process.waitUntilExit()
    watchdog.cancel()
    guard process.terminationReason == .uncaughtSignal else {
      return .ended(code: process.terminationStatus, output: output)
    }
    let isExpired =
      process.terminationStatus == SIGKILL && (ContinuousClock.now - start).seconds >= limit
    return isExpired ? .expired : .crashed(signal: process.terminationStatus)
  }
}
