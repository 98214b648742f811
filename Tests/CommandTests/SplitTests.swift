import Foundation
import Testing

/// One log, divided by its schema or by flags, in every command that divides.
@Suite struct SplitTests {
  static let settings = [
    "--device", "reference", "--model", "lr", "--epochs", "1", "--batch-size", "32",
  ]

  /// Calls `body` with a folder that holds a log, and a schema with a split.
  private func withLog(_ body: (URL) throws -> Void) throws {
    try withFolder { folder in
      var log = "label,user,price\n"
      for row in 0..<600 {
        log += "\(row % 3 == 0 ? 1 : 0),u\(row * row % 41),\(Double(row * 37 % 600) / 8)\n"
      }
      try log.write(to: folder.appending(path: "log.csv"), atomically: true, encoding: .utf8)
      try "split: {rule: label, sizes: [0.7, 0.2, 0.1], seed: 4}\n".write(
        to: folder.appending(path: "s.yaml"), atomically: true, encoding: .utf8)
      try body(folder)
    }
  }

  private func train(_ arguments: String..., in folder: URL) throws -> Command.Result {
    try Command.run(
      ["train", "--overwrite", "--out", "run"] + arguments + Self.settings, in: folder)
  }

  @Test func `training divides a log as encode does`() throws {
    try withLog { folder in
      let encoded = try Command.run(
        "encode", "log.csv", "--schema", "s.yaml", "--out", "data", in: folder)
      let note = "note: split label 0.7,0.2,0.1 with seed 4, as the schema says"
      #expect(encoded.status == 0 && encoded.errors.contains(note), "\(encoded.errors)")
      func rows(_ result: Command.Result) -> [Substring] {
        result.output.split(separator: "\n").filter {
          $0.hasPrefix("validation") || $0.hasPrefix("test")
        }
      }
      let onDisk = try train("--data", "data", in: folder)
      let inMemory = try train("--train", "log.csv", "--schema", "s.yaml", in: folder)
      #expect(inMemory.status == 0 && inMemory.errors.contains(note), "\(inMemory.errors)")
      #expect(rows(inMemory) == rows(onDisk) && rows(inMemory).count == 2)
      #expect(rows(inMemory)[1].contains("   60  "))
      let compared = try Command.run(
        [
          "compare", "--train", "log.csv", "--schema", "s.yaml", "--models", "lr", "--seeds", "1",
          "--devices", "reference", "--out", "compared", "--epochs", "1",
        ], in: folder)
      #expect(compared.errors.contains("encoded 420 training and 120 validation rows"))
      #expect(compared.output.contains("of the test rows"))
    }
  }

  @Test func `flags win and say so`() throws {
    try withLog { folder in
      for (arguments, text) in [
        (
          ["--split", "random"],
          "split random 0.8,0.1,0.1 with seed 1, by flags; the schema says label"
        ),
        (["--split-seed", "9"], "split label 0.7,0.2,0.1 with seed 9, by flags"),
        (["--split", "none"], "split none, by flags"),
        (["--valid-fraction", "0.2"], "is not used: --valid-fraction says where"),
        (["--valid", "log.csv", "--test", "log.csv"], "is not used: --valid and --test say where"),
        (["--split", "random", "--valid-fraction", "0.2"], "leave out one"),
        (["--split", "random", "--valid", "log.csv"], "leave out one"),
        (["--split", "random", "--test", "log.csv"], "leave out --test"),
        (["--split", "time"], "--split time takes --train-until"),
        (["--sizes", "0.9,x"], "'x' is no size"),
      ] {
        let result = try Command.run(
          ["train", "--train", "log.csv", "--schema", "s.yaml", "--overwrite", "--out", "run"]
            + arguments + Self.settings, in: folder)
        #expect(result.errors.contains(text), "\(arguments): \(result.errors)")
      }
      let divided = try train("--data", "none", "--split", "random", in: folder)
      #expect(divided.status != 0 && divided.errors.contains("--data is divided already"))
    }
  }

  @Test func `a schema is inferred where that is asked`() throws {
    try withLog { folder in
      let plain = try train("--train", "log.csv", in: folder)
      #expect(
        plain.errors.contains("\"price\" with numbers; --schema infer takes"), "\(plain.errors)")
      let inferred = try train("--train", "log.csv", "--schema", "infer", in: folder)
      #expect(
        inferred.status == 0 && inferred.errors.contains("note: schema inferred, all 600 rows"))
      let written = try Command.run("schema", "infer", "log.csv", "--out", "i.yaml", in: folder)
      #expect(written.status == 0)
      let given = try train("--train", "log.csv", "--schema", "i.yaml", in: folder)
      let tables = [inferred, given].map { $0.output.split(separator: "\n").prefix(3) }
      #expect(tables[0] == tables[1])
    }
  }
}
