import Foundation
import Testing

@Suite struct CompareCommandTests {
  private static let arguments = [
    "compare", "--train", "log.csv", "--test", "log.csv", "--models", "lr", "fm", "--out", "out",
    "--seeds", "1", "2", "3", "4", "5", "6", "--devices", "reference", "--epochs", "3",
    "--batch-size", "32", "--embedding-size", "2",
  ]

  private func writeLog(to folder: URL) throws {
    let rows = (0..<400).map { row in
      let (user, item) = (row % 20, row / 20)
      return "\((user + item) % 3 == 0 ? 1 : 0),u\(user),i\(item)"
    }
    let text = (["label,user,item"] + rows).joined(separator: "\n") + "\n"
    try Data(text.utf8).write(to: folder.appending(path: "log.csv"))
  }

  /// The finished runs and when each was finished.
  private func finished(in folder: URL) -> [String: Date] {
    let runs = folder.appending(path: "out/runs")
    let names = (try? FileManager.default.contentsOfDirectory(atPath: runs.path)) ?? []
    return names.reduce(into: [:]) { found, name in
      let file = runs.appending(path: name).appending(path: "run.json").path
      guard !name.hasPrefix("."),
        let attributes = try? FileManager.default.attributesOfItem(atPath: file)
      else { return }
      found[name] = attributes[.modificationDate] as? Date
    }
  }

  @Test func `a killed comparison loses no finished run`() throws {
    try withFolder { folder in
      try writeLog(to: folder)
      let process = try Command.start(Self.arguments, in: folder)
      let deadline = Date(timeIntervalSinceNow: 60)
      while finished(in: folder).count < 2, process.isRunning, Date() < deadline {
        usleep(2000)
      }
      kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
      let before = finished(in: folder)
      #expect(before.count >= 2 && before.count < 12, "\(before.count) runs before the kill")

      let result = try Command.run(Self.arguments, in: folder)
      #expect(result.status == 0, "\(result.errors)")
      let after = finished(in: folder)
      #expect(after.count == 12)
      for (name, date) in before { #expect(after[name] == date, "\(name) was made again") }
      #expect(result.errors.contains("there already"))
      #expect(result.output.contains("deepfm") || result.output.contains("lr"))
      for file in ["report.html", "report.md", "results.json", "experiment.json"] {
        #expect(
          FileManager.default.fileExists(atPath: folder.appending(path: "out/" + file).path))
      }
    }
  }

  private static let wrong: [(arguments: [String], mentions: String)] = [
    (["--champion", "deepfm-x"], "none of the models"),
    (["--seed", "3"], "--seeds"),
    (["--model", "fm"], "--models"),
    (["--drpout", "0.1"], "Did you mean '--dropout'"),
    (["--config", "e.yaml"], "did you mean \"models\""),
  ]

  @Test(arguments: wrong)
  func `what is wrong is said before anything is trained`(arguments: [String], mentions: String)
    throws
  {
    try withFolder { folder in
      try writeLog(to: folder)
      try Data("modls: [lr]\n".utf8).write(to: folder.appending(path: "e.yaml"))
      let result = try Command.run(
        ["compare", "--train", "log.csv", "--out", "out", "--devices", "reference"] + arguments,
        in: folder)
      #expect(result.status != 0)
      #expect(result.errors.contains(mentions), "\(result.errors)")
      #expect(finished(in: folder).isEmpty)
    }
  }

  @Test func `a study ranks and a run reports`() throws {
    try withFolder { folder in
      try writeLog(to: folder)
      let common = [
        "--train", "log.csv", "--out", "out", "--epochs", "2", "--batch-size", "32",
      ]
      let study = try Command.run(
        ["study", "--vary", "k", "--models", "fm", "--devices", "reference"] + common, in: folder)
      #expect(study.status == 0, "\(study.errors)")
      #expect(finished(in: folder).count == 5)
      let train = try Command.run(
        ["train", "--model", "fm", "--device", "reference"]
          + common.map { $0 == "out" ? "run" : $0 },
        in: folder)
      #expect(train.status == 0, "\(train.errors)")
      let page = folder.appending(path: "run/report.html")
      #expect(try String(contentsOf: page, encoding: .utf8).contains("--model fm \\\n"))
      try FileManager.default.removeItem(at: page)
      #expect(try Command.run("report", "run", in: folder).status == 0)
      #expect(FileManager.default.fileExists(atPath: page.path))
    }
  }

  @Test func `scores in a file are judged`() throws {
    try withFolder { folder in
      try Data("score,label,user\n0.9,1,a\n0.4,0,a\n0.3,1,b\n0.6,0,b\n".utf8)
        .write(to: folder.appending(path: "scores.csv"))
      let result = try Command.run(
        "metrics", "scores.csv", "--group", "user", "--json", in: folder)
      let found = try #require(
        JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
      #expect(found["auc"] as? Double == 0.5)
      #expect((found["grouped_auc"] as? [String: Any])?["value"] as? Double == 0.5)
      try Data("score,label\n0.9,2\n".utf8).write(to: folder.appending(path: "scores.csv"))
      let wrong = try Command.run("metrics", "scores.csv", in: folder)
      #expect(wrong.status != 0 && wrong.errors.contains("scores.csv:2:5"))
    }
  }
}
