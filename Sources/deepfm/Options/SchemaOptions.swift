import ArgumentParser
import DeepFMKit
import Foundation

/// The schema of logs that a command reads.
struct SchemaOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "What the columns mean: a YAML file, or a ready schema "
        + "(\(ReadySchema.allCases.map(\.rawValue).joined(separator: ", "))), or infer for what deepfm "
        + "schema infer would write. Without it columns are categories.", valueName: "schema"),
    completion: .file())
  var schema: String?

  /// Whether it is to be inferred.
  var isInferred: Bool { schema == "infer" && !FileManager.default.fileExists(atPath: "infer") }

  /// The schema that was given; an empty one if none.
  ///
  /// - Parameter logs: the logs to infer one from, where it is to be inferred.
  func read(for logs: [LogSource], _ console: Console) throws -> Schema {
    guard isInferred, let log = logs.first
    else { return try schema.map { try Schema(named: $0) } ?? Schema() }
    let draft = try SchemaDraft(of: logs)
    let files = logs.count == 1 ? log.argument : "with the same files"
    console.say("note: schema inferred, \(draft.seen); deepfm schema infer \(files) prints it")
    for warning in draft.warnings { console.say("note: \(warning)") }
    return draft.schema
  }
}
