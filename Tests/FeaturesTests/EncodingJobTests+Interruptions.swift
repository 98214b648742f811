import Foundation
import Support
import Testing

@testable import Datasets
@testable import Logs

/// What an interrupted job leaves, and how the next one goes on.
extension EncodingJobTests {
  /// Runs a job into something that stands in the place of a shard, and takes it away.
  static func interrupt(_ job: EncodingJob, atShard number: Int) throws {
    let manifest = DatasetManifest(
      schema: job.schema, split: job.split,
      inputs: [try InputFile(job.training[0], part: .train)])
    // What no job has begun is cleared away first: so begin one.
    _ = try StagingFolder(for: job.folder, manifest)
    let obstacle = job.folder + ".partial/train/0000\(number).shard"
    try FileManager.default.createDirectory(
      atPath: obstacle + "/stone", withIntermediateDirectories: true)
    #expect(throws: UserError.self) { _ = try job.run() }
    try FileManager.default.removeItem(atPath: obstacle)
    // A run that is killed leaves the file it was writing.
    try Data([1]).write(
      to: URL(filePath: job.folder + ".partial/train/.0000\(number).shard.1.tmp"))
  }

  /// The disk is full, or the process dies: what is left behind is taken up again.
  @Test(arguments: [1, 2, 3, 7]) func `what was interrupted goes on to the same bytes`(shards: Int)
    throws
  {
    try withTemporaryFolder { folder in
      var whole = Self.job(folder)
      whole.folder = folder + "/whole"
      _ = try whole.run()
      let expected = try Self.files(whole.folder)

      let job = Self.job(folder)
      try Self.interrupt(job, atShard: shards)
      #expect(!FileManager.default.fileExists(atPath: job.folder))
      guard case .made(_, _, let passes) = try job.run() else {
        Issue.record("not made")
        return
      }
      // Nothing is learned again, and whole shards are not encoded again.
      #expect(passes.map(\.pass) == [.encoding] && passes[0].rows < 2_000)
      #expect(try Self.files(job.folder) == expected)
    }
  }

  /// A log in which every ninth row cannot be read, with its rows by themselves.
  static func badLog(rows: Int) -> (log: LogSource, bad: String) {
    var (text, bad) = ("label,weight,user,tags,age\n", "")
    for row in 0..<rows {
      if row % 9 == 4 {
        let line = row % 2 == 0 ? "\(row),1,u,a,7\n" : "1,1,\"u\(row),a\n"
        text += line
        bad += line
      } else {
        text += "\(row % 2),1,u\(row % 97),a|t\(row % 5),\(row % 60)\n"
      }
    }
    return (.text(text), bad)
  }

  @Test(arguments: [1, 3, 6]) func `no rejected row is lost or doubled`(shards: Int) throws {
    try withTemporaryFolder { folder in
      let (log, bad) = Self.badLog(rows: 2_000)
      func job(_ name: String) -> EncodingJob {
        var job = Self.job(folder)
        job.training = [log]
        job.folder = "\(folder)/\(name)"
        job.rejection = RejectionPolicy(.quarantine("\(folder)/\(name).bad"))
        return job
      }
      func text(_ name: String) throws -> String {
        try String(contentsOfFile: folder + "/" + name, encoding: .utf8)
      }
      _ = try job("whole").run()
      #expect(try text("whole.bad") == bad)

      let cut = job("cut")
      try Self.interrupt(cut, atShard: shards)
      #expect(!FileManager.default.fileExists(atPath: folder + "/cut.bad"))
      guard case .made(let manifest, let notes, let passes) = try cut.run() else {
        Issue.record("not made")
        return
      }
      #expect(passes[0].rows < 2_000)
      #expect(manifest.rejected == 222 && manifest.part(.train)?.rows == 1_778)
      #expect(try text("cut.bad") == bad)
      #expect(try text("cut.bad.reasons.tsv") == text("whole.bad.reasons.tsv"))
      #expect(try Self.files(cut.folder) == Self.files(folder + "/whole"))
      #expect(notes.last?.hasPrefix("rejected 222 of 2000 rows") == true)
    }
  }

  /// The run dies when all is encoded, before the folder has its name.
  @Test func `the quarantine of a run that only lacks its name is there`() throws {
    try withTemporaryFolder { folder in
      let (log, bad) = Self.badLog(rows: 500)
      var job = Self.job(folder)
      job.training = [log]
      job.rejection = RejectionPolicy(.quarantine(folder + "/bad"))
      let manifest = DatasetManifest(
        schema: job.schema, split: nil, inputs: [try InputFile(log, part: .train)])
      _ = try StagingFolder(for: job.folder, manifest)
      let obstacle = job.folder + ".partial/manifest.json"
      try FileManager.default.createDirectory(
        atPath: obstacle + "/stone", withIntermediateDirectories: true)
      #expect(throws: UserError.self) { _ = try job.run() }
      try FileManager.default.removeItem(atPath: obstacle)
      try? FileManager.default.removeItem(atPath: folder + "/bad")
      guard case .made(let made, let notes, let passes) = try job.run() else {
        Issue.record("not made")
        return
      }
      #expect(passes.isEmpty && made.rejected == 56)
      #expect(notes.last?.hasPrefix("rejected 56 of 500 rows") == true)
      #expect(try String(contentsOfFile: folder + "/bad", encoding: .utf8) == bad)
      let left = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
      #expect(left == ["bad", "bad.reasons.tsv", "data"])
    }
  }

  @Test func `an interrupted run goes on by another policy`() throws {
    try withTemporaryFolder { folder in
      let (log, bad) = Self.badLog(rows: 2_000)
      var job = Self.job(folder)
      job.training = [log]
      job.rejection = RejectionPolicy(.skip)
      try Self.interrupt(job, atShard: 3)
      // What the rows before would not have passed is told at once.
      job.rejection = .stop
      #expect(message { _ = try job.run() }?.hasPrefix("log.csv:6:1: found label \"4\"") == true)
      job.rejection = RejectionPolicy(.skip, limit: .rows(10))
      #expect(message { _ = try job.run() }?.contains("expected at most 10") == true)
      job.rejection = RejectionPolicy(.quarantine(folder + "/bad"))
      _ = try job.run()
      #expect(try String(contentsOfFile: folder + "/bad", encoding: .utf8) == bad)
    }
  }

  @Test func `a shard that was damaged meanwhile is made again`() throws {
    try withTemporaryFolder { folder in
      let job = Self.job(folder)
      try Self.interrupt(job, atShard: 3)
      try flip(byte: 300, of: job.folder + ".partial/train/00001.shard")
      _ = try job.run()
      _ = try DatasetFolder(job.folder)
      var whole = Self.job(folder)
      whole.folder = folder + "/whole"
      _ = try whole.run()
      #expect(try Self.files(job.folder) == Self.files(whole.folder))
    }
  }
}
