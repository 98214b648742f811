import Foundation
import Testing

/// Predictions beside columns of the log, in each form.
@Suite struct PredictTests {
  private static let run = Result {
    try Files { folder in
      let rows = (0..<120).map { row in
        #"{"label": \#(row % 3 == 0 ? 1 : 0), "user": {"id": "u\#(row % 9)"}, "tags": ["a", "b\#(row % 5)"]}"#
          + "\n"
      }
      try Data(rows.joined().utf8).write(to: folder.appending(path: "log.jsonl"))
      try Data(
        (#"{"user": {"id": "a,\"b\""}, "tags": ["x", "y,z"]}"# + "\nno row\n"
          + #"{"user": {"id": null}, "tags": []}"# + "\n").utf8
      ).write(to: folder.appending(path: "new.jsonl"))
      let trained = try Command.run(
        "train", "--train", "log.jsonl", "--model", "lr", "--epochs", "1", "--device", "reference",
        "--out", "run", in: folder)
      #expect(trained.status == 0, "\(trained.errors)")
    }
  }

  /// A folder with a log, and a run of it.
  private func withRun(_ body: (URL) throws -> Void) throws {
    try Self.run.get().inFolder(body)
  }

  /// What `predict` writes of the new rows, the probabilities replaced by a P.
  private func predict(_ options: String..., in folder: URL) throws -> (
    lines: [Substring], errors: String
  ) {
    let result = try Command.run(
      ["predict", "run", "new.jsonl", "--device", "reference", "--on-error", "skip"] + options,
      in: folder)
    #expect(result.status == 0, "\(result.errors)")
    let text = result.output.replacing(#/0\.\d+/#, with: "P")
    return (text.split(separator: "\n", omittingEmptySubsequences: false), result.errors)
  }

  /// A row that cannot be read has its line, and a value that is missing its cell.
  @Test func `columns stand beside predictions as CSV and JSON lines`() throws {
    try withRun { folder in
      let csv = try predict("--with", "user.id,tags", in: folder)
      #expect(csv.lines == ["user.id,tags,score", #""a,""b""","x|y,z",P"#, ",,", ",,P", ""])
      let json = try predict("--with", "user.id", "tags", "--format", "jsonl", in: folder)
      #expect(
        json.lines == [
          #"{"user.id": "a,\"b\"", "tags": ["x", "y,z"], "score": P}"#,
          #"{"user.id": null, "tags": null, "score": null}"#,
          #"{"user.id": null, "tags": null, "score": P}"#, "",
        ])
    }
  }

  @Test func `a Parquet file is read back as it was written`() throws {
    try withRun { folder in
      #expect(
        try predict("--with", "user.id,tags", "--out", "new.parquet", in: folder).lines == [""])
      let rows = try Command.run("rows", "new.parquet", in: folder).output
        .replacing(#/"0\.\d+"/#, with: "P")
      #expect(
        rows == #"""
          {"user.id": "a,\"b\"", "tags": "x|y,z", "score": P}
          {"user.id": null, "tags": null, "score": null}
          {"user.id": null, "tags": null, "score": P}

          """#)
    }
  }

  @Test(arguments: [
    ("p.csv", ["score", "P", "", "P", ""]),
    ("p.jsonl", [#"{"score": P}"#, #"{"score": null}"#, #"{"score": P}"#, ""]),
    ("p.txt", ["P", "", "P", ""]),
  ])
  func `a file's name says the form`(name: String, lines: [String]) throws {
    try withRun { folder in
      _ = try predict("--out", name, in: folder)
      let text = try String(contentsOf: folder.appending(path: name), encoding: .utf8)
      #expect(text.replacing(#/0\.\d+/#, with: "P").components(separatedBy: "\n") == lines)
    }
  }

  /// In JSON lines a key that no row has is no error.
  @Test func `a column without any value is named`() throws {
    try withRun { folder in
      let found = try predict("--with", "tags,usr", in: folder)
      #expect(found.lines[1] == #""x|y,z",,P"#)
      #expect(found.errors.contains("note: no row has a value in column \"usr\"\n"))
      #expect(!found.errors.contains("column \"tags\""))
    }
  }

  @Test func `a log behind the columns is missed`() throws {
    try withRun { folder in
      let result = try Command.run("predict", "run", "--with", "tags", "new.jsonl", in: folder)
      #expect(result.status == 64 && result.output.isEmpty)
      #expect(result.errors.contains("name a log in front of --with"))
    }
  }
}
