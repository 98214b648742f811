import ArgumentParser
import DeepFMKit
import Foundation
import Support

struct SchemaCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "schema",
    abstract: "Writes a first schema of a log, or shows a ready one.",
    discussion: """
      A schema says what the columns of a log mean:

        deepfm schema infer log.csv > schema.yaml
        deepfm train --train log.csv --schema schema.yaml --model deepfm-d
      """,
    subcommands: [Infer.self, Show.self])

  struct Infer: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Looks at the first rows of a log; the reasons stand in the schema as comments.")

    @Argument(
      help: ArgumentHelp(
        "The log; the first one of a pattern, - for standard input.", valueName: "file"),
      completion: .file())
    var log: String

    @Option(help: "How many rows to look at.")
    var rows = SchemaDraft.rows

    @Option(help: ArgumentHelp("Write to a file.", valueName: "file"), completion: .file())
    var out: String?

    func validate() throws {
      guard rows >= 1 else { throw ValidationError("--rows is from 1") }
    }

    func run() throws {
      let source = try LogSource.named([log])[0]
      try LogSource.check([source], apartFrom: [out].compactMap(\.self))
      let draft = try SchemaDraft(of: source, rows: rows)
      for warning in draft.warnings { Console().say("note: \(warning)") }
      let yaml = draft.yaml()
      if let out { try AtomicFile.write(yaml, to: out) } else { print(yaml, terminator: "") }
    }
  }

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Shows a ready schema; --schema takes its name, too.")

    @Argument(help: "One of: \(ReadySchema.allCases.map(\.rawValue).joined(separator: ", ")).")
    var name: ReadySchema

    func run() throws { print(name.yaml, terminator: "") }
  }
}

extension ReadySchema: ExpressibleByArgument {}
