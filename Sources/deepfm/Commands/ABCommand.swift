import ArgumentParser

struct ABCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ab",
    abstract: "A/B tests: who is in which arm, how long it takes, and what may be said.",
    subcommands: [
      ABAssignCommand.self, ABPlanCommand.self, ABAnalyzeCommand.self, ABOffPolicyCommand.self,
    ])
}
