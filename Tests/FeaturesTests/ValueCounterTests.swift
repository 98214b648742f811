import Foundation
import Random
import Support
import Testing

@testable import Datasets
@testable import Features
@testable import Logs

/// Counting within a bound: what is put on disk meanwhile changes nothing but the memory.
@Suite struct ValueCounterTests {
  /// Values of all lengths about a word's, of one length, of two fields that share a vocabulary, and
  /// buckets; some seen once.
  static let schema = Schema(
    format: .csv, label: "label", minCount: 2,
    fields: [
      .categorical("short"), .categorical("long", minCount: 1),
      .categorical("item", vocabulary: "items"), .multivalued("history", vocabulary: "items"),
      .numeric("n", encoding: .logBucket),
    ])

  static let log: LogSource = {
    var stream = RandomStream(seed: 8, purpose: "log")
    let rows = (0..<6_000).map { row in
      let rare = stream.below(4_000)
      let items = (0..<3).map { _ in "i\(stream.below(2_000))" }
      return [
        "\(row % 2)", String(rare * 7919, radix: 16),
        String(repeating: "längeres ", count: rare % 4) + "\(rare)", "i\(stream.below(3_000))",
        items.joined(separator: "|"), "\(rare - 100)",
      ]
    }
    return .rows(columns: ["label", "short", "long", "item", "history", "n"], rows)
  }()

  @Test(arguments: [1, 3]) func `what goes to disk comes back the same`(threads: Int) throws {
    try withTemporaryFolder { folder in
      let expected = try FeatureEncoder.fit(Self.schema, to: [Self.log])
      // The bound is below what was counted, and above what is kept.
      for bound in [700, 600] {
        var job = EncodingJob(
          training: [Self.log], schema: Self.schema, folder: "\(folder)/\(bound)")
        (job.blockSize, job.threads, job.vocabularyMemory) = (4_000, threads, bound << 10)
        guard case .made(_, _, let passes) = try job.run() else {
          Issue.record("not made")
          return
        }
        #expect(passes[0].spilled > 10_000)
        #expect(try DatasetFolder(job.folder).encoder == expected)
        #expect(
          try FileManager.default.contentsOfDirectory(atPath: job.folder).sorted()
            == ["encoder.json", "manifest.json", "train"])
      }
      var whole = EncodingJob(
        training: [Self.log], schema: Self.schema, folder: folder + "/whole")
      whole.threads = 1
      _ = try whole.run()
      let files = try ["700", "600", "whole"].map { try EncodingJobTests.files("\(folder)/\($0)") }
      #expect(files[0] == files[2] && files[1] == files[2])
    }
  }

  @Test func `what is kept must fit`() throws {
    let error = message {
      _ = try FeatureEncoder.fit(Self.schema, to: [Self.log], memoryLimit: 90_000)
    }
    #expect(error?.hasPrefix("schema: found vocabularies that take more than 0.0 MiB") == true)
    #expect(error?.contains("most values are kept of \"long\" with ") == true)
    #expect(error?.contains("raise min_count, hash those fields") == true)
  }

  @Test func `a limit is noticed in what is on disk`() throws {
    var schema = Self.schema
    for field in schema.fields.indices where schema.fields[field].name == "long" {
      (schema.fields[field].limit, schema.fields[field].overflow) = (2_500, .hash)
    }
    let expected = try FeatureEncoder.fit(schema, to: [Self.log])
    #expect(expected.fields[1].field.effectiveEncoding == .hash)
    let bounded = try FeatureEncoder.fit(schema, to: [Self.log], memoryLimit: 400 << 10)
    #expect(bounded == expected && bounded.notes == expected.notes)
  }

  @Test func `runs merge in the order of their bytes`() throws {
    var stream = RandomStream(seed: 2, purpose: "runs")
    let file = SpillFile(in: TemporaryFolder.path, remedy: "allow more")
    var counts: [[UInt8]: Int] = [:]
    let runs = try (0..<9).map { run in
      let table = StringTable()
      for _ in 0..<(run == 4 ? 0 : 2_000) {
        // With zeros, beginnings of one another, and some longer than a piece.
        let length = stream.below(400) == 0 ? 100_000 : stream.below(20)
        let bytes = (0..<length).map { _ in UInt8([0, 1, 97, 255][stream.below(4)]) }
        let count = 1 + stream.below(300)
        bytes.withUnsafeBytes { table.add(count, to: ByteKey($0)) }
        counts[bytes, default: 0] += count
      }
      var writer = SortedRunWriter(file)
      try table.storage.pointee.drain { try writer.append($0, count: $1) }
      #expect(table.count == 0)
      return try writer.finish()
    }
    var merged: [(bytes: [UInt8], count: Int)] = []
    try file.merge(runs) { merged.append((Array($0), $1)) }
    #expect(merged.count == counts.count && merged.allSatisfy { counts[$0.bytes] == $0.count })
    let isAscending = zip(merged, merged.dropFirst()).allSatisfy {
      $0.bytes.lexicographicallyPrecedes($1.bytes)
    }
    #expect(isAscending)
  }

  @Test func `a full disk ends the counting`() throws {
    // A folder that is not there stands for one without room.
    let error = message {
      _ = try FeatureEncoder.fit(
        Self.schema, to: [Self.log], memoryLimit: 300 << 10, spillFolder: "/nowhere")
    }
    #expect(
      error == "/nowhere: found no such file or directory, expected room for what the bound "
        + "keeps out of memory; make room there, or allow more memory with "
        + "--max-vocabulary-memory")
  }

  @Test func `the file of an encoder is that of a coder`() throws {
    let log = LogSource.rows(
      columns: ["label", "a", "b"],
      ["x", "é", "a\\b", "t\tb", "\u{7f}\u{1}", "/", "a\"b", "𝄞"].map {
        ["1", $0, $0 + $0 + "longer"]
      })
    let schema = Schema(label: "label", fields: [.categorical("a"), .categorical("b")])
    let encoder = try FeatureEncoder.fit(schema, to: [log])
    #expect(encoder.fields[0].vocabulary.count == 8)
    let coder = JSONEncoder()
    coder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    for encoder in [encoder, try FeatureEncoder.fit(Self.schema, to: [Self.log])] {
      var bytes: [UInt8] = []
      try encoder.writeJSON { bytes += $0 }
      #expect(try Data(bytes) == coder.encode(encoder))
    }
  }

  @Test func `short numbers are read as numbers are`() {
    for text in [
      "0", "7", "42", "00012", "99999999", "12345678", "100000000", "1.5", "-3", "+4", "",
      "12a", ":", "/", "1 ", "١",
    ] {
      var text = text
      let (short, any) = text.withUTF8 {
        (parseShortWhole(UnsafeRawBufferPointer($0)), parseNumber(UnsafeRawBufferPointer($0)))
      }
      let isShort = 1...8 ~= text.utf8.count && text.utf8.allSatisfy { 48...57 ~= $0 }
      #expect(isShort ? short == any && short != nil : short == nil)
    }
  }
}
