import Dispatch
import Foundation
import Synchronization

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
    // Files without a name and not pipes: a process that is gone before it has read would be a signal here, and
    // what it has started may hold its end of a pipe for ever.
    let question = try namelessFile(input)
    let answer = try namelessFile()
    (process.standardInput, process.standardOutput) = (question, answer)
    process.standardError = FileHandle.nullDevice
    // Swift's backtrace of a crash would take half a minute, for nobody.
    process.environment = ProcessInfo.processInfo.environment.merging(
      ["SWIFT_BACKTRACE": "enable=no"]
    ) { $1 }
    try process.run()
    let identifier = process.processIdentifier
    let isExpired = Atomic(false)
    let watchdog = DispatchWorkItem {
      isExpired.store(true, ordering: .releasing)
      kill(identifier, SIGKILL)
    }
    DispatchQueue.global().asyncAfter(deadline: .now() + limit, execute: watchdog)
    let (status, hasCrashed) = end(of: process)
    watchdog.cancel()
    try answer.seek(toOffset: 0)
    let output = try answer.readToEnd() ?? Data()
    guard hasCrashed else { return .ended(code: status, output: output) }
    return status == SIGKILL && isExpired.load(ordering: .acquiring)
      ? .expired : .crashed(signal: status)
  }

  /// Waits for a process, and not, as Foundation would, for what it has started.
  private static func end(of process: Process) -> (status: Int32, hasCrashed: Bool) {
    var end = siginfo_t()
    var code: Int32
    repeat {
      code = waitid(P_PID, id_t(process.processIdentifier), &end, WEXITED | WNOWAIT)
    } while code != 0 && errno == EINTR
    if code == 0 { return (end._sifields._sigchld.si_status, end.si_code != CLD_EXITED) }
    // Foundation was faster: then it knows.
    process.waitUntilExit()
    return (process.terminationStatus, process.terminationReason == .uncaughtSignal)
  }

  private static func namelessFile(_ text: String = "") throws -> FileHandle {
    let file = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try Data(text.utf8).write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    return try FileHandle(forUpdating: file)
  }
}
