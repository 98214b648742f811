import Foundation
import Testing

@testable import Features

@Suite struct EncodingJobTests {
  static let schema = Schema(
    format: .csv, label: "label", weight: "weight",
    fields: [.categorical("user"), .multivalued("tags"), .numeric("age")])

  /// A log whose rows differ.
  static func log(rows: Int, name: String = "log.csv") -> LogSource {
    .rows(
      columns: ["label", "weight", "user", "tags", "age"],
      (0..<rows).map { row in
        [
          row % 3 == 0 ? "1" : "0", "\(1 + row % 2)", "u\(row * row % 97)",
          row % 7 == 0 ? "" : "a|t\(row % 5)", row % 11 == 0 ? "" : "\(row % 60)",
        ]
      }, name: name)
  }

  /// A job in small pieces: many blocks, many shards.
  static func job(_ folder: String, rows: Int = 2_000) -> EncodingJob {
    var job = EncodingJob(training: [log(rows: rows)], schema: schema, folder: folder + "/data")
    job.blockSize = 1_000
    job.shardSize = 5_000
    job.threads = 1
    return job
  }

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
    #expect(throws: InputError.self) { _ = try job.run() }
    try FileManager.default.removeItem(atPath: obstacle)
    // A run that is killed leaves the file it was writing.
    try Data([1]).write(
      to: URL(filePath: job.folder + ".partial/train/.0000\(number).shard.1.tmp"))
  }

  /// Every file of a folder with its bytes.
  static func files(_ folder: String) throws -> [String: Data] {
    try FileManager.default.subpathsOfDirectory(atPath: folder).reduce(into: [:]) {
      $0[$1] = FileManager.default.contents(atPath: folder + "/" + $1)
    }
  }

  @Test func theFolderHoldsWhatTheEncoderGives() throws {
    try withTemporaryFolder { folder in
      let job = Self.job(folder)
      guard case .made(let manifest, _, let passes) = try job.run() else {
        Issue.record("not made")
        return
      }
      let expected = try FeatureEncoder.fit(Self.schema, to: job.training).encode(job.training)
      let data = try DatasetFolder(job.folder)
      let rows = try #require(data.rows(.train))
      #expect(rows.segments.count > 5)
      #expect(rows.ids == expected.ids && rows.values == expected.values)
      #expect(rows.labels == expected.labels && rows.weights == expected.weights)
      #expect(rows.statistics.map(\.unknown) == expected.statistics.map(\.unknown))
      #expect(rows.statistics.map(\.missing) == expected.statistics.map(\.missing))
      #expect(manifest.part(.train)?.clicks == 667 && data.rows(.test) == nil)
      #expect(passes.map(\.rows) == [2_000, 2_000])
      // Trained on in the same order, too.
      let orders = [rows, expected].map { rows in
        BatchLoader(rows, batchSize: 64, order: .shuffled(seed: 1, epoch: 1)).flatMap(\.ids)
      }
      #expect(orders[0] == orders[1])
    }
  }

  @Test func theBytesDoNotDependOnThreads() throws {
    try withTemporaryFolder { folder in
      var contents: [[String: Data]] = []
      for threads in [1, 2, 5] {
        var job = Self.job(folder)
        job.folder = folder + "/\(threads)"
        job.threads = threads
        job.split = try DataSplit(.random, sizes: [.share(0.7), .share(0.2), .share(0.1)])
        _ = try job.run()
        contents.append(try Self.files(job.folder))
      }
      #expect(contents[0].count > 15)
      #expect(contents[1] == contents[0] && contents[2] == contents[0])
    }
  }

  /// The disk is full, or the process dies: what is left behind is taken up again.
  @Test(arguments: [1, 2, 3, 7]) func whatWasInterruptedGoesOnToTheSameBytes(shards: Int) throws {
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

  @Test(arguments: [1, 3, 6]) func noRejectedRowIsLostOrDoubled(shards: Int) throws {
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
  @Test func theQuarantineOfARunThatOnlyLacksItsNameIsThere() throws {
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
      #expect(throws: InputError.self) { _ = try job.run() }
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

  @Test func anInterruptedRunGoesOnByAnotherPolicy() throws {
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

  @Test func anErrorBeforeAnythingIsDoneLeavesNothing() throws {
    try withTemporaryFolder { folder in
      var job = Self.job(folder)
      job.training = [.text("label,user\n7,a\n")]
      job.schema = Schema()
      #expect(throws: InputError.self) { _ = try job.run() }
      let left = try FileManager.default.contentsOfDirectory(atPath: folder)
      #expect(left == [])
    }
  }

  @Test func aShardThatWasDamagedMeanwhileIsMadeAgain() throws {
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

  @Test func aChangeIsToldAndRefused() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/log.csv"
      func write(_ rows: Int) throws {
        try Data(Self.log(rows: rows).bytes!).write(to: URL(filePath: path))
      }
      try write(100)
      var job = EncodingJob(training: [.file(path)], schema: Self.schema, folder: folder + "/data")
      _ = try job.run()
      guard case .upToDate = try job.run() else {
        Issue.record("made again")
        return
      }
      // Touched only.
      try write(100)
      guard case .upToDate = try job.run() else {
        Issue.record("made again")
        return
      }
      #expect(try DatasetFolder(job.folder).changedInputs() == [])

      job.schema.fields[0] = .categorical("user", minCount: 3)
      #expect(message { _ = try job.run() }?.contains("the schema had") == true)
      job.schema = Self.schema
      job.split = try DataSplit(.random, sizes: [.share(0.9), .share(0.1)])
      #expect(
        message { _ = try job.run() }?.contains(
          "the split was none, now random 0.9,0.1,0.0 with seed 1") == true)
      job.split = nil
      try write(99)
      #expect(message { _ = try job.run() }?.contains("bytes, now") == true)
      #expect(try DatasetFolder(job.folder).changedInputs().count == 1)
      job.rebuilds = true
      guard case .made(let manifest, _, _) = try job.run() else {
        Issue.record("not made")
        return
      }
      #expect(manifest.part(.train)?.rows == 99)
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == ["data", "log.csv"])
    }
  }

  @Test func timesAndGroupsDivideALogAndStayWithItsRows() throws {
    try withTemporaryFolder { folder in
      let log = LogSource.rows(
        columns: ["label", "user", "at"],
        (0..<300).map { ["\($0 % 2)", "u\($0 % 40)", "\(1_400_000_000 + $0)"] })
      var schema = Schema(format: .csv, label: "label", fields: [.categorical("user")])
      schema.time = Schema.Time(column: "at", format: .unix)
      schema.group = "user"
      var job = EncodingJob(training: [log], schema: schema, folder: folder + "/time")
      job.split = try DataSplit(
        trainUntil: 1_400_000_200, validUntil: 1_400_000_250, testUntil: 1_400_000_290)
      guard case .made(let manifest, _, _) = try job.run() else {
        Issue.record("not made")
        return
      }
      #expect(manifest.parts.map(\.rows) == [200, 50, 40] && manifest.leftOut == 10)
      let test = try #require(DatasetFolder(job.folder).rows(.test))
      #expect(test.times == (250..<290).map { 1_400_000_000 + $0 })

      job.folder = folder + "/group"
      job.split = try DataSplit(.group, sizes: [.share(0.6), .share(0.4)])
      _ = try job.run()
      let groups = try [DataSplit.Part.train, .valid].map {
        Set(try #require(DatasetFolder(job.folder).rows($0)?.groups))
      }
      #expect(groups[0].isDisjoint(with: groups[1]) && groups[0].union(groups[1]).count == 40)

      job.schema.group = nil
      #expect(message { _ = try job.run() }?.contains("schema: found no group") == true)
    }
  }

  @Test func aFolderOfSomethingElseIsLeftAlone() throws {
    try withTemporaryFolder { folder in
      var job = Self.job(folder)
      job.folder = folder
      job.rebuilds = true
      #expect(
        message { _ = try job.run() }?.contains("something that is no encoded dataset") == true)
    }
  }

  @Test func everyFlippedByteIsFound() throws {
    try withTemporaryFolder { folder in
      var job = Self.job(folder, rows: 60)
      job.shardSize = 1 << 20
      _ = try job.run()
      let path = job.folder + "/train/00000.shard"
      let size = try #require(FileManager.default.contents(atPath: path)?.count)
      let shard = try MappedFile(path, expected: "a shard").withBytes {
        try ShardFile(reading: $0, path: path)
      }
      let covered = shard.sections.map { $0.offset..<$0.offset + $0.count }
      for byte in stride(from: 0, to: size, by: 53)
      where byte < 144 || covered.contains(where: { $0.contains(byte) }) {
        try flip(byte: byte, of: path)
        #expect(throws: InputError.self) { _ = try DatasetFolder(job.folder) }
        try flip(byte: byte, of: path)
      }
      _ = try DatasetFolder(job.folder)
      // The header is checked even where the rest is trusted, and so is the length.
      try flip(byte: 20, of: path)
      #expect(throws: InputError.self) { _ = try DatasetFolder(job.folder, verify: false) }
      try flip(byte: 20, of: path)
      try flip(byte: 400, of: path)
      _ = try DatasetFolder(job.folder, verify: false)
      try Data(FileManager.default.contents(atPath: path)!.dropLast()).write(
        to: URL(filePath: path))
      #expect(
        message { _ = try DatasetFolder(job.folder, verify: false) }?.contains("\(size - 1) bytes")
          == true)
    }
  }

  private func flip(byte: Int, of path: String) throws {
    var data = try Data(contentsOf: URL(filePath: path))
    data[byte] ^= 0x10
    try data.write(to: URL(filePath: path))
  }
}
