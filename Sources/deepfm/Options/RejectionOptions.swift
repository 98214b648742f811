import ArgumentParser
import DeepFMKit

/// What becomes of rows that cannot be read.
struct RejectionOptions: ParsableArguments {
  /// The words of `--on-error`.
  enum Action: String, ExpressibleByArgument, CaseIterable {
    case stop
    case skip
    case quarantine
  }

  @Option(
    help: ArgumentHelp(
      "What a row that cannot be read does: stop, skip or quarantine.",
      discussion: "skip leaves it out and counts it; quarantine keeps its bytes in a file as well.",
      valueName: "action"))
  var onError = Action.stop

  @Option(
    help: ArgumentHelp(
      "How many bad rows are too many: a count, or a share as in 1%.", valueName: "limit"))
  var maxErrors: RejectionPolicy.Limit?

  @Option(
    help: ArgumentHelp(
      "The file for the bad rows; what is wrong with each goes to FILE.reasons.tsv.",
      valueName: "file"), completion: .file())
  var quarantine = "rejected.txt"

  /// The policy that was asked for.
  var policy: RejectionPolicy {
    switch onError {
    case .stop: .stop
    case .skip: RejectionPolicy(.skip, limit: maxErrors)
    case .quarantine: RejectionPolicy(.quarantine(quarantine), limit: maxErrors)
    }
  }

  /// The policy that was asked for, of a command whose results take no place of each other nor of what it reads.
  ///
  /// - Parameters:
  ///   - logs: what its rows come from.
  ///   - results: what else it writes than bad rows.
  ///   - files: what else it reads than logs.
  /// - Throws: `UserError` for a log that cannot be read twice, and for a place that is taken.
  func policy(
    reading logs: [LogSource], results: [String?] = [], files: [String?] = []
  ) throws -> RejectionPolicy {
    let all = results.compactMap(\.self) + self.results
    try checkApart(all, from: files.compactMap(\.self))
    try LogSource.check(logs, apartFrom: all)
    return policy
  }

  /// The files that bad rows go to.
  var results: [String] {
    onError == .quarantine ? [quarantine, quarantine + ".reasons.tsv"] : []
  }

  func validate() throws {
    guard onError == .stop && maxErrors != nil else { return }
    throw ValidationError("--max-errors needs --on-error skip or quarantine")
  }
}

extension RejectionPolicy.Limit: ExpressibleByArgument {
  public init?(argument: String) { self.init(argument) }
}

/// Ends the reading of logs and says which rows were left out.
func finish(_ rejected: RejectedRows, _ console: Console) throws {
  try rejected.finish()
  if let summary = rejected.summary { console.say(summary) }
}
