import DeepFMKit
import Foundation
import Testing

@Suite struct ModelFileTests {
  private let model: TrainedModel
  private let log = pairwiseLog(rows: 400)

  init() throws {
    var configuration = smallConfiguration("deepfm-d")
    configuration.sizes.batchNorm = true
    configuration.epochs = 2
    model = try trainOnReference(log, configuration).model
  }

  @Test func `a model comes back from its file bit for bit`() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/model.deepfm"
      try model.write(to: path)
      let again = try TrainedModel(contentsOf: path)
      #expect(again == model)
      #expect(again.tensors.contains { $0.states.count == 2 })

      let rows = try model.encoder.encode([log])
      let before = try Predictor(model, on: ReferenceBackend()).predict(rows)
      let after = try Predictor(again, on: ReferenceBackend()).predict(rows)
      #expect(before == after)
      #expect(before.contains { $0 != before[0] })
    }
  }

  @Test func `the optimizers numbers may be left out`() throws {
    try withTemporaryFolder { folder in
      try model.write(to: folder + "/whole")
      try model.write(to: folder + "/small", includingOptimizer: false)
      let small = try TrainedModel(contentsOf: folder + "/small")
      #expect(small.tensors.flatMap(\.states).isEmpty)
      #expect(small.tensors.map(\.values) == model.tensors.map(\.values))
      let sizes = try ["/small", "/whole"].map { try contents(of: folder + $0).count }
      #expect(sizes[0] < sizes[1])
    }
  }

  @Test func `two trainings from one seed write the same bytes`() throws {
    try withTemporaryFolder { folder in
      for name in ["first", "second"] {
        let run = try trainOnReference(pairwiseLog(rows: 500), smallConfiguration("deepfm-d"))
        try RunFolder.write(run, to: "\(folder)/\(name)")
      }
      for file in ["model.deepfm", "config.yaml"] {
        let first = try contents(of: "\(folder)/first/\(file)")
        let second = try contents(of: "\(folder)/second/\(file)")
        #expect(first == second)
      }
      var other = smallConfiguration("deepfm-d")
      other.seed = 2
      try trainOnReference(pairwiseLog(rows: 500), other).model.write(to: "\(folder)/other")
      let first = try contents(of: "\(folder)/first/model.deepfm")
      let second = try contents(of: "\(folder)/other")
      #expect(first != second)
    }
  }

  /// A way to spoil a file, and what the error must say.
  struct Defect: Sendable, CustomTestStringConvertible {
    var name: String
    var message: String
    var spoil: @Sendable (inout [UInt8]) -> Void
    var testDescription: String { name }
  }

  static let defects = [
    Defect(name: "empty", message: "an empty file") { $0 = [] },
    Defect(name: "text", message: "something else, expected a model file") {
      $0 = Array("label,user\n1,2\n and so on, for a while".utf8)
    },
    Defect(name: "newer version", message: "a model file of version 2") { $0[8] = 2 },
    Defect(name: "nothing but its first bytes", message: "something else") {
      $0 = Array($0[..<20])
    },
    Defect(name: "cut short in the header", message: "cut short") { $0 = Array($0[..<100]) },
    Defect(name: "cut short in the numbers", message: "cut short") { $0.removeLast(9) },
    Defect(name: "cut short by a byte", message: "cut short") { $0.removeLast() },
    Defect(name: "bytes after the end", message: "checksum") { $0.append(0) },
    Defect(name: "a bit of the header", message: "checksum") { $0[60] ^= 4 },
    Defect(name: "a bit of the header's length", message: "checksum") { $0[15] ^= 0x40 },
    Defect(name: "a bit of the numbers", message: "checksum") { $0[$0.count - 50] ^= 1 },
    Defect(name: "a bit of the checksum", message: "checksum") { $0[$0.count - 1] ^= 1 },
    Defect(name: "another vocabulary", message: "a vocabulary of 90 features for 91 ids") {
      replace(&$0, "\"u39\",", "")
    },
    Defect(name: "another size", message: "in place of embedding [91 × 5]") {
      replace(&$0, "\"embedding_size\":\"4\"", "\"embedding_size\":\"5\"")
    },
    Defect(name: "an unknown model", message: "found model \"deepfm-q\"") {
      replace(&$0, "\"model\":\"deepfm-d\"", "\"model\":\"deepfm-q\"")
    },
    Defect(name: "numbers elsewhere", message: "outside the file") {
      replace(&$0, "\"offset\":0,", "\"offset\":9876543210,         ")
    },
    Defect(name: "no JSON", message: "a header that cannot be read") {
      replace(&$0, "{\"best_epoch\"", "]\"best_epoch\"")
    },
  ]

  @Test(arguments: defects)
  func `a defective file is refused in one line with its name`(defect: Defect) throws {
    try withTemporaryFolder { folder in
      let path = folder + "/model.deepfm"
      try model.write(to: path)
      var bytes = try contents(of: path)
      defect.spoil(&bytes)
      try Data(bytes).write(to: URL(fileURLWithPath: path))
      #expect { try TrainedModel(contentsOf: path) } throws: { error in
        let text = "\(error)"
        return error is UserError && text.hasPrefix(path + ": ")
          && text.contains(defect.message) && !text.contains("\n")
      }
    }
  }

  @Test func `a file that is not there is named`() {
    #expect { try TrainedModel(contentsOf: "no/such.deepfm") } throws: {
      "\($0)".hasPrefix("no/such.deepfm: found no such file or directory")
    }
  }

  @Test func `a model that cannot be written leaves nothing`() throws {
    try withTemporaryFolder { folder in
      #expect { try model.write(to: folder + "/missing/model.deepfm") } throws: {
        "\($0)".hasPrefix(folder + "/missing/model.deepfm: found no such file or directory")
      }
      // The name is taken by a folder: everything is written, but cannot take its place.
      try FileManager.default.createDirectory(
        atPath: folder + "/taken/inside", withIntermediateDirectories: true)
      #expect(throws: UserError.self) { try model.write(to: folder + "/taken") }
      let left = try FileManager.default.contentsOfDirectory(atPath: folder)
      #expect(left == ["taken"])
    }
  }

  @Test func `a run folder holds configuration model metrics and history`() throws {
    try withTemporaryFolder { folder in
      let run = try trainOnReference(log, smallConfiguration())
      try RunFolder.write(run, to: folder + "/deep/run")
      let files = try FileManager.default.contentsOfDirectory(atPath: folder + "/deep/run")
      #expect(files.sorted() == ["config.yaml", "history.csv", "metrics.json", "model.deepfm"])
      let yaml = String(decoding: try contents(of: folder + "/deep/run/config.yaml"), as: UTF8.self)
      let settings = try TrainingSettings(yaml: yaml, name: "config.yaml")
      #expect(try TrainingConfiguration(settings) == run.model.configuration)
      let history = String(
        decoding: try contents(of: folder + "/deep/run/history.csv"), as: UTF8.self)
      #expect(history.split(separator: "\n").count == 1 + run.model.history.count)
    }
  }
}

/// Replaces bytes of a model file's header, which may take the padding at its end, and corrects
/// lengths and checksum.
private func replace(_ file: inout [UInt8], _ old: String, _ new: String) {
  func number(_ range: Range<Int>) -> Int {
    file[range].reversed().reduce(0) { $0 << 8 | Int($1) }
  }
  let end = 24 + number(12..<16)
  var header = Array(file[24..<end])
  guard let place = header.firstRange(of: Array(old.utf8)) else {
    Issue.record("the header does not hold \(old)")
    return
  }
  header.replaceSubrange(place, with: Array(new.utf8))
  while header.count % 8 != 0 { header.append(UInt8(ascii: " ")) }
  file.replaceSubrange(24..<end, with: header)
  for (byte, shift) in stride(from: 0, to: 32, by: 8).enumerated() {
    file[12 + byte] = UInt8(header.count >> shift & 0xFF)
    file[16 + byte] = UInt8(file.count >> shift & 0xFF)
  }
  // CRC-32 bit by bit: another way than the library's.
  var crc = UInt32.max
  for byte in file.dropLast(4) {
    crc ^= UInt32(byte)
    for _ in 0..<8 { crc = crc >> 1 ^ (crc & 1 == 1 ? 0xEDB8_8320 : 0) }
  }
  for byte in 0..<4 { file[file.count - 4 + byte] = UInt8(~crc >> (8 * UInt32(byte)) & 0xFF) }
}
