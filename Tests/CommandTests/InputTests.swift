import Foundation
import Testing

/// What a user relies on when logs are not as clean as the training data.
@Suite struct InputTests {
  static let settings = [
    "--device", "reference", "--model", "lr", "--epochs", "1", "--batch-size", "32", "--out", "run",
  ]
  static let header = "label,user,item\n"
  static let rows = (0..<200).map { "\($0 % 3 == 0 ? 1 : 0),u\($0 % 20),i\($0 * $0 % 31)\n" }
    .joined()

  /// Calls `body` with a folder in which a model was trained on a log from a pipe.
  private func withModel(_ body: (URL) throws -> Void) throws {
    try withFolder { folder in
      let trained = try Command.run(
        ["train", "--train", "-"] + Self.settings, in: folder, input: Self.header + Self.rows)
      #expect(trained.status == 0, "\(trained.errors)")
      try body(folder)
    }
  }

  /// The lines that `predict` prints for a log, blank ones included.
  private func predict(
    _ log: String, _ options: String..., in folder: URL
  ) throws -> (lines: [String], errors: String) {
    let result = try Command.run(
      ["predict", "run", "-", "--device", "reference"] + options, in: folder, input: log)
    return (
      result.output.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
        .map(String.init), result.errors
    )
  }

  @Test func `prediction takes other columns and unseen ids`() throws {
    try withModel { folder in
      let plain = try predict("user,item\nu1,i0\nnew,i0\n,i0\n", in: folder).lines
      #expect(plain.count == 3 && Set(plain).count > 1)
      // In another order, with more columns, with a label that is not used.
      let other = try predict(
        "more,item,label,user\nx,i0,1,u1\ny,i0,0,new\nz,i0,,\n", in: folder)
      #expect(other.lines == plain)
      // Every unseen id is the same.
      let unseen = try predict("user,item\nnew,i0\nother,i0\n", in: folder).lines
      #expect(unseen == [plain[1], plain[1]])
      let missing = try predict("usr,item\nu1,i0\n", in: folder)
      #expect(missing.lines.isEmpty)
      #expect(
        missing.errors.contains(
          "standard input:1: found columns usr, item, expected a column \"user\"; did you mean "
            + "\"usr\"?"))
    }
  }

  /// What prediction has no use for may be anything.
  @Test func `prediction does not look at label, weight, time and group`() throws {
    try withFolder { folder in
      let log =
        "label,user,weight,ts,session\n"
        + (0..<200).map { "\($0 % 3 == 0 ? 1 : 0),u\($0 % 20),1,2026-01-0\(1 + $0 % 9),s\n" }
        .joined()
      try
        "weight: weight\ntime: ts\ngroup: session\nfields: [{name: user}, {name: day, derive: weekday}]\n"
        .write(to: folder.appending(path: "schema.yaml"), atomically: true, encoding: .utf8)
      let trained = try Command.run(
        ["train", "--train", "-", "--schema", "schema.yaml"] + Self.settings, in: folder, input: log
      )
      #expect(trained.status == 0, "\(trained.errors)")
      let header = "label,user,weight,ts,session\n"
      let plain = try predict(header + "0,u1,1,2026-01-02,s\n0,u1,1,,s\n", in: folder).lines
      #expect(plain.count == 2)
      let other = try predict(
        header + "?,u1,,2026-01-02,\n-1,u1,heavy,,\n", in: folder)
      #expect(other.lines == plain, "\(other.errors)")
    }
  }

  @Test func `work is for the processors that a process may use`() throws {
    try withFolder { folder in
      try (Self.header + Self.rows).write(
        to: folder.appending(path: "log.csv"), atomically: true, encoding: .utf8)
      let result = try Command.shell(
        "taskset -c 0 $deepfm encode log.csv --out data --schema infer", in: folder)
      #expect(result.status == 0 && result.output.contains("1 thread;"), "\(result.errors)")
    }
  }

  /// The first probabilities are there while the log's end is not yet written.
  @Test func `predictions leave before the last row is read`() throws {
    try withModel { folder in
      let padding = String(repeating: "x", count: 1_000)
      let rows = (0..<12_000).map { "u\($0 % 20),i\($0 % 31),\(padding)\n" }.joined()
      let (process, input) = try Command.startWithPipe(
        ["predict", "run", "-", "--device", "reference"], in: folder)
      defer { process.terminate() }
      try input.write(contentsOf: Data(("user,item,more\n" + rows).utf8))
      let output = folder.appending(path: ".stdout")
      let deadline = ContinuousClock.now + .seconds(60)
      while try Data(contentsOf: output).isEmpty, ContinuousClock.now < deadline, process.isRunning
      {
        Thread.sleep(forTimeInterval: 0.05)
      }
      #expect(try !Data(contentsOf: output).isEmpty && process.isRunning)
      try input.write(contentsOf: Data("u1,i0,last\n".utf8))
      try input.close()
      process.waitUntilExit()
      let lines = try String(contentsOf: output, encoding: .utf8).split(separator: "\n")
      #expect(process.terminationStatus == 0 && lines.count == 12_001)
    }
  }

  @Test func `predictions stay beside their rows`() throws {
    try withModel { folder in
      let good = try predict("user,item\nu1,i0\nu2,i1\n", in: folder).lines
      let log = "user,item\nu0\nu1,i0\n\n\"u,i\nx,y,z\nu2,i1\nu\n"
      #expect(try predict(log, in: folder).lines.isEmpty)
      let skipped = try predict(log, "--on-error", "skip", in: folder)
      #expect(skipped.lines == ["", good[0], "", "", good[1], ""])
      #expect(skipped.errors.contains("rejected 4 of 6 rows"))
      let kept = try predict(
        log, "--on-error", "quarantine", "--quarantine", "bad.txt", in: folder)
      #expect(kept.lines == skipped.lines)
      let bad = try String(contentsOf: folder.appending(path: "bad.txt"), encoding: .utf8)
      #expect(bad == "u0\n\"u,i\nx,y,z\nu\n")
      let limited = try predict(log, "--on-error", "skip", "--max-errors", "3", in: folder)
      #expect(limited.lines.isEmpty && limited.errors.contains("4 bad rows of"))
    }
  }

  @Test func `a training says what it took for what`() throws {
    try withFolder { folder in
      let rows = (0..<90).map { "\($0 % 3 == 0 ? "True" : "False");u\($0 % 9);\($0 % 4)\n" }
      try ("label;user;w\n" + rows.joined()).write(
        to: folder.appending(path: "log.csv"), atomically: true, encoding: .utf8)
      try "weight: w\ngroup: user\nfields: [{name: user}]\n".write(
        to: folder.appending(path: "s.yaml"), atomically: true, encoding: .utf8)
      let options = ["--train", "log.csv", "--schema", "s.yaml", "--valid-fraction", "0"]
      let trained = try Command.run(["train"] + options + Self.settings, in: folder)
      #expect(trained.status == 0)
      #expect(
        trained.errors.contains(
          "label \"label\": 30 training rows with a click (33.33 %), 60 without a click; weight "
            + "\"w\"; time none; group \"user\"; format csv; delimiter \";\""),
        "\(trained.errors)")
      let none = try Command.run(
        ["train", "--train", "-", "--valid-fraction", "0"] + Self.settings + ["--overwrite"],
        in: folder, input: "label,user\n0,a\n0,b\n")
      #expect(none.errors.contains("note: no training row is a click"), "\(none.errors)")
    }
  }

  @Test func `training and encoding leave bad rows out`() throws {
    try withFolder { folder in
      let bad = "2,u1,i1\n1,u1\n"
      try (Self.header + bad + Self.rows).write(
        to: folder.appending(path: "log.csv"), atomically: true, encoding: .utf8)
      let options = ["--on-error", "quarantine"]
      let trained = try Command.run(
        ["train", "--train", "log.csv"] + options + Self.settings, in: folder)
      #expect(trained.status == 0 && trained.errors.contains("rejected 2 of 202 rows"))
      let kept = folder.appending(path: "rejected.txt")
      #expect(try String(contentsOf: kept, encoding: .utf8) == bad)
      try FileManager.default.removeItem(at: kept)
      let encoded = try Command.run(["encode", "log.csv", "--out", "data"] + options, in: folder)
      #expect(encoded.status == 0 && encoded.output.contains("200"), "\(encoded.errors)")
      #expect(encoded.errors.contains("rejected 2 of 202 rows"))
      #expect(try String(contentsOf: kept, encoding: .utf8) == bad)
      let stopped = try Command.run(["encode", "log.csv", "--out", "other"], in: folder)
      #expect(stopped.status != 0 && stopped.errors.contains("log.csv:2:1: found label \"2\""))
    }
  }

  @Test func `a generated log is trained on`() throws {
    try withFolder { folder in
      let made = try Command.run(
        "generate", "--rows", "2000", "--out", "log.csv.zst", "--truth",
        "truth.json", in: folder)
      #expect(made.status == 0 && made.output.contains("test part: 250 rows, from row 1751 on"))
      let truth = try JSONSerialization.jsonObject(
        with: Data(contentsOf: folder.appending(path: "truth.json")))
      #expect((truth as? [String: Any])?["test_rows"] as? Int == 250)
      let trained = try Command.run(
        ["train", "--train", "log.csv.zst"] + Self.settings, in: folder)
      #expect(trained.status == 0 && trained.errors.contains("6 fields"), "\(trained.errors)")
      let refused = try Command.run("generate", "--rows", "0", "--out", "x.csv", in: folder)
      #expect(refused.status != 0)
    }
  }
}
