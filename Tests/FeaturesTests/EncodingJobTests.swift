import Data
import Foundation
import Support
import Testing

@testable import Datasets
@testable import Features
@testable import Logs

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

  /// Every file of a folder with its bytes.
  static func files(_ folder: String) throws -> [String: Data] {
    try FileManager.default.subpathsOfDirectory(atPath: folder).reduce(into: [:]) {
      $0[$1] = FileManager.default.contents(atPath: folder + "/" + $1)
    }
  }

  @Test func `the folder holds what the encoder gives`() throws {
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
      #expect(rows.statistics == expected.statistics)
      #expect(manifest.part(.train)?.clicks == 667 && data.rows(.test) == nil)
      #expect(passes.map(\.rows) == [2_000, 2_000])
      // Trained on in the same order, too.
      let orders = [rows, expected].map { rows in
        BatchLoader(rows, batchSize: 64, order: .shuffled(seed: 1, epoch: 1)).flatMap(\.ids)
      }
      #expect(orders[0] == orders[1])
    }
  }

  @Test func `values that are cut are counted`() throws {
    try withTemporaryFolder { folder in
      var job = Self.job(folder)
      job.schema.fields[1].maxValues = 1
      job.split = try DataSplit(.random, sizes: [.share(0.5), .share(0.5)])
      guard case .made(let manifest, _, _) = try job.run() else {
        Issue.record("not made")
        return
      }
      // Each list has two values, and every seventh row has none.
      let rows = manifest.parts.reduce(0) { $0 + $1.rows }
      let cut = manifest.parts.map { $0.statistics[1].cut }
      #expect(rows == 2_000 && cut.reduce(0, +) == 2_000 - 286 && cut.allSatisfy { $0 > 700 })
      #expect(manifest.parts.allSatisfy { $0.statistics[0].cut == 0 })
      #expect(try DatasetFolder(job.folder).rows(.valid)?.statistics[1].cut == cut[1])
    }
  }

  /// Rows that memory has no room for lie in files, and are the same rows.
  @Test func `rows beyond their room lie in files without names`() throws {
    try withTemporaryFolder { folder in
      let log = Self.log(rows: 60_000)
      let wide = Schema(
        format: .csv, label: "label", weight: "weight",
        fields: (0..<90).map { .categorical("f\($0)", column: $0 % 2 == 0 ? "user" : "age") })
      let memory = try EncodedLogs([log], schema: wide)
      var room = EncodedLogs.Room()
      (room.memory, room.folder) = (0, folder)
      let files = try EncodedLogs([log], schema: wide, room: room)
      #expect(memory.spilled == 0 && files.spilled > 16 << 20)
      #expect(files.rows(.train).ids == memory.rows(.train).ids)
      #expect(files.rows(.train).weights == memory.rows(.train).weights)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == [])
      room.folder = folder + "/nowhere"
      #expect(
        message { _ = try EncodedLogs([log], schema: wide, room: room) }?
          .contains("found no such file or directory") == true)
    }
  }

  @Test func `the bytes do not depend on threads`() throws {
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

  @Test func `an error before anything is done leaves nothing`() throws {
    try withTemporaryFolder { folder in
      var job = Self.job(folder)
      job.training = [.text("label,user\n7,a\n")]
      job.schema = Schema()
      #expect(throws: UserError.self) { _ = try job.run() }
      let left = try FileManager.default.contentsOfDirectory(atPath: folder)
      #expect(left == [])
    }
  }

  @Test func `a change is told and refused`() throws {
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

  @Test func `times and groups divide a log and stay with its rows`() throws {
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

  @Test func `a folder of something else is left alone`() throws {
    try withTemporaryFolder { folder in
      var job = Self.job(folder)
      job.folder = folder
      job.rebuilds = true
      #expect(
        message { _ = try job.run() }?.contains("something that is no encoded dataset") == true)
    }
  }

  @Test func `every flipped byte is found`() throws {
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
        #expect(throws: UserError.self) { _ = try DatasetFolder(job.folder) }
        try flip(byte: byte, of: path)
      }
      _ = try DatasetFolder(job.folder)
      // The header is checked even where the rest is trusted, and so is the length.
      try flip(byte: 20, of: path)
      #expect(throws: UserError.self) { _ = try DatasetFolder(job.folder, verify: false) }
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

  @Test func `a folder made on purpose, with right checksums, is refused`() throws {
    try withTemporaryFolder { folder in
      let job = Self.job(folder, rows: 60)
      _ = try job.run()
      let path = job.folder + "/train/00000.shard"
      var data = try Data(contentsOf: URL(filePath: path))
      let ids = try MappedFile(path, expected: "a shard").withBytes {
        try ShardFile(reading: $0, path: path).sections[0]
      }
      func put<Number>(_ number: Number, at place: Int) {
        withUnsafeBytes(of: number) { data.replaceSubrange(place..<place + $0.count, with: $0) }
      }
      func hash(_ range: Range<Int>) -> UInt64 {
        data.withUnsafeBytes { XXH64.hash(.init(rebasing: $0[range])) }
      }
      put(Int32(1 << 30), at: ids.offset + 4)
      put(hash(ids.offset..<ids.offset + ids.count), at: 48)
      put(hash(0..<136), at: 136)
      try data.write(to: URL(filePath: path))
      #expect(
        message { _ = try DatasetFolder(job.folder) }?.contains("found id 1073741824 in row 1")
          == true)

      let manifest = job.folder + "/" + DatasetManifest.file
      let text = try String(contentsOfFile: manifest, encoding: .utf8)
      try text.replacing("train/00000.shard", with: "train/../../out.shard").write(
        toFile: manifest, atomically: true, encoding: .utf8)
      #expect(
        message { _ = try DatasetFolder(job.folder) }?.contains(
          "expected a file of the folder train")
          == true)
    }
  }

  func flip(byte: Int, of path: String) throws {
    var data = try Data(contentsOf: URL(filePath: path))
    data[byte] ^= 0x10
    try data.write(to: URL(filePath: path))
  }
}
