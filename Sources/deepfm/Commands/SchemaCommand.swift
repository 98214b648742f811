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
      abstract: "Looks at the first rows of a log; the reasons stand in the schema as comments.",
      discussion: """
        Of several files it looks at the first rows of each, of more than 16 at those of 16, the first, \
        the last, and others as far apart.
        """)

    @Argument(
      help: ArgumentHelp(
        "The log: one or more files, patterns, or - for standard input.", valueName: "file"),
      completion: .file())
    var logs: [String]

    @Option(help: "How many rows to look at, of all files together.")
    var rows = SchemaDraft.rows

    @Option(help: ArgumentHelp("Write to a file.", valueName: "file"), completion: .file())
    var out: String?

    func validate() throws {
      guard rows >= 1 else { throw ValidationError("--rows is from 1") }
    }

    func run() throws {
      let sources = try LogSource.named(logs)
      try LogSource.check(sources, apartFrom: [out].compactMap(\.self))
      let draft = try SchemaDraft(of: sources, rows: rows)
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
