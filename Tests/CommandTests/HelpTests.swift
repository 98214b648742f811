import Foundation
import Testing

/// What each command says of itself, beside what it said when somebody last looked.
@Suite struct HelpTests {
  private static let snapshots = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "Snapshots")
  private static let updates =
    ProcessInfo.processInfo.environment["DEEPFM_UPDATE_SNAPSHOTS"] != nil

  /// A command as `--experimental-dump-help` describes it.
  private struct Description: Decodable {
    let commandName: String
    let shouldDisplay: Bool
    let subcommands: [Description]?

    /// The names of this command and of those within it, `help` apart.
    func paths(in parent: [String] = []) -> [[String]] {
      let own = parent + [commandName]
      return [own]
        + (subcommands ?? []).filter { $0.commandName != "help" && $0.shouldDisplay }.flatMap {
          $0.paths(in: own)
        }
    }
  }

  private struct Dump: Decodable {
    let command: Description
  }

  /// The name of each snapshot and the arguments that print what is in it.
  private func commands(in folder: URL) throws -> [String: [String]] {
    let dump = try Command.run("--experimental-dump-help", in: folder)
    let command = try JSONDecoder().decode(Dump.self, from: Data(dump.output.utf8)).command
    return Dictionary(
      uniqueKeysWithValues: command.paths().map {
        ($0.joined(separator: "-") + ".txt", $0.dropFirst() + ["--help"])
      })
  }

  @Test func `every command's help is as in its snapshot`() throws {
    try withFolder { folder in
      let commands = try commands(in: folder)
      #expect(commands.count > 20, "\(commands.keys)")
      for (name, arguments) in commands {
        let help = try Command.run(Array(arguments), in: folder)
        #expect(help.status == 0 && help.errors.isEmpty)
        let file = Self.snapshots.appending(path: name)
        if Self.updates { try help.output.write(to: file, atomically: true, encoding: .utf8) }
        let kept = try? String(contentsOf: file, encoding: .utf8)
        #expect(
          help.output == kept,
          "\(name) differs; if that is meant: DEEPFM_UPDATE_SNAPSHOTS=1 swift test --filter HelpTests"
        )
      }
      let kept = try FileManager.default.contentsOfDirectory(atPath: Self.snapshots.path)
      #expect(Set(kept).subtracting(commands.keys).isEmpty, "snapshots of no command")
    }
  }

  @Test func `the changelog's topmost version is the command's`() throws {
    try withFolder { folder in
      let version = try Command.run("--version", in: folder).output
      let file = URL(filePath: #filePath).appending(path: "../../../CHANGELOG.md")
      let changes = try String(contentsOf: file.standardizedFileURL, encoding: .utf8)
      let named = try #require(changes.firstMatch(of: #/(?m)^## \[.*?(\d+\.\d+\.\d+)/#))
      #expect(version == named.output.1 + "\n")
    }
  }
}
