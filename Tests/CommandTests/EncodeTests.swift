import Foundation
import Testing

@Suite struct EncodeTests {
  static let settings = [
    "--device", "reference", "--model", "lr", "--epochs", "2", "--batch-size", "32",
  ]

  /// A log, and a folder encoded from it.
  static func encode(in folder: URL, _ options: String...) throws -> Command.Result {
    var log = "label,user,item\n"
    for row in 0..<400 { log += "\(row % 3 == 0 ? 1 : 0),u\(row % 20),i\(row * row % 31)\n" }
    try log.write(to: folder.appending(path: "log.csv"), atomically: true, encoding: .utf8)
    return try Command.run(["encode", "log.csv", "--out", "data"] + options, in: folder)
  }

  @Test func `an encoded folder is trained on and judged like its log`() throws {
    try withFolder { folder in
      let encoded = try Self.encode(
        in: folder, "--split", "label", "--sizes", "rest,40,40", "--threads", "2")
      #expect(encoded.status == 0 && encoded.output.contains("peak memory"))
      #expect(encoded.output.contains("bound of the vocabularies"))
      #expect(encoded.output.contains("train   320"))
      let again = try Self.encode(
        in: folder, "--split", "label", "--sizes", "rest,40,40", "--threads", "1",
        "--max-vocabulary-memory", "1.5MiB")
      #expect(again.status == 0 && again.errors.contains("nothing to do"))

      let trained = try Command.run(
        ["train", "--data", "data", "--out", "run"] + Self.settings, in: folder)
      #expect(trained.status == 0 && trained.output.contains("test"))
      let judged = try Command.run(
        "evaluate", "run", "--data", "data", "--device", "reference", in: folder)
      #expect(judged.status == 0 && judged.output.contains("   40  "))
      let test = trained.output.split(separator: "\n").first { $0.hasPrefix("test") }
      let given = judged.output.split(separator: "\n").first { $0.hasPrefix("given") }
      #expect(test?.split(separator: " ").dropFirst() == given?.split(separator: " ").dropFirst())
      let predicted = try Command.run(
        "predict", "run", "--data", "data", "--part", "valid", "--device", "reference", in: folder)
      #expect(predicted.output.split(separator: "\n").count == 40)
      #expect(try Command.run("verify-data", "data", in: folder).status == 0)
    }
  }

  @Test func `other bytes of the same size and time are noticed`() throws {
    try withFolder { folder in
      #expect(try Self.encode(in: folder).status == 0)
      let changed = try Command.shell(
        """
        cp -p log.csv before.csv; sed '2s/^1/0/' before.csv > log.csv
        touch -r before.csv log.csv; "$deepfm" encode log.csv --out data
        """, in: folder)
      #expect(changed.status != 0 && changed.errors.contains("has other contents"))
      let back = try Command.shell(
        "cp -p before.csv log.csv; \"$deepfm\" encode log.csv --out data", in: folder)
      #expect(back.status == 0 && back.errors.contains("nothing to do"), "\(back.errors)")
    }
  }

  @Test func `what does not fit is refused`() throws {
    try withFolder { folder in
      #expect(try Self.encode(in: folder).status == 0)
      for (arguments, text) in [
        (["encode", "log.csv", "--out", "data", "--split", "random"], "the split was none"),
        (["encode", "log.csv", "--out", "."], "something that is no encoded dataset"),
        (["encode", "log.csv", "--out", "new", "--sizes", "0.5,0.5"], "--split random"),
        (["encode", "log.csv", "--out", "new", "--split", "random", "--sizes", "x"], "is no size"),
        (["encode", "log.csv", "--out", "new", "--split", "time"], "--train-until"),
        (["encode", "log.csv", "--out", "new", "--split", "group"], "group"),
        (
          ["encode", "log.csv", "--out", "new", "--max-vocabulary-memory", "12"],
          "a size from 1M, as 512M or 4G, and not 12"
        ),
        (["train", "--data", "data", "--out", "run"], "no validation rows"),
        (["train", "--data", "data", "--train", "log.csv", "--out", "run"], "leave out --train"),
        (["train", "--out", "run"], "--train, or encoded rows with --data"),
        (["verify-data", "none"], "no such file"),
        (["verify-data", "."], "no manifest.json in it"),
      ] {
        let result = try Command.run(arguments, in: folder)
        #expect(
          result.status != 0 && result.errors.contains(text), "\(arguments): \(result.errors)")
      }
      #expect(!FileManager.default.fileExists(atPath: folder.appending(path: "run").path))
      #expect(!FileManager.default.fileExists(atPath: folder.appending(path: "new").path))
    }
  }
}
