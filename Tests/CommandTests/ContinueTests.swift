import Foundation
import Testing

/// `deepfm train --from`, as a user types it.
@Suite struct ContinueTests {
  @Test func `a run goes on with its encoder and settings`() throws {
    try withFolder { folder in
      let rows = (0..<400).map { "\($0 % 3 == 0 ? 1 : 0),u\($0 % 30),i\($0 % 7)" }
      func write(_ rows: ArraySlice<String>, _ name: String) throws {
        let text = "label,user,item\n" + rows.joined(separator: "\n") + "\n"
        try Data(text.utf8).write(to: folder.appending(path: name))
      }
      try write(rows.prefix(300), "first.csv")
      try write(rows.suffix(100) + ["1,new,i1"], "more.csv")
      let small = ["--epochs", "2", "--patience", "0"]
      let first = try Command.run(
        ["train", "--train", "first.csv", "--model", "lr", "--out", "first"] + small, in: folder)
      #expect(first.status == 0, "\(first.errors)")

      let more = ["train", "--from", "first", "--train", "more.csv", "--out"]
      let second = try Command.run(more + ["second"], in: folder)
      #expect(second.status == 0, "\(second.errors)")
      #expect(second.errors.contains("behind 2 epochs: AUC"))
      #expect(second.errors.contains("3/4") && second.errors.contains("4/4"))
      let configuration = try String(
        contentsOf: folder.appending(path: "second/config.yaml"), encoding: .utf8)
      #expect(configuration.contains("model: lr\n") && configuration.contains("epochs: 2\n"))

      let other = try Command.run(more + ["third", "--model", "fm"], in: folder)
      #expect(other.status != 0)
      #expect(other.errors.contains("found a lr to go on from"))
      let schema = try Command.run(more + ["third", "--schema", "some.yaml"], in: folder)
      #expect(schema.status != 0 && schema.errors.contains("leave out --schema"))
      #expect(!FileManager.default.fileExists(atPath: folder.appending(path: "third").path))
    }
  }
}
