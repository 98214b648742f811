import DeepFMKit
import Foundation
import Testing

@Suite struct VectorTests {
  /// Vectors of the items with an even number, as text.
  private static func write(to folder: String, _ name: String = "items.txt") throws -> String {
    let lines = stride(from: 0, to: 40, by: 2).map { "i\($0) 0.\($0 + 10) -1 0.5 2" }
    let path = "\(folder)/\(name)"
    try (lines + ["stranger 1 2 3 4"]).joined(separator: "\n").write(
      toFile: path, atomically: true, encoding: .utf8)
    return path
  }

  private static func configuration(_ model: String, _ vectors: String) throws
    -> TrainingConfiguration
  {
    var settings = try TrainingSettings(yaml: smallConfiguration(model).yaml, name: "test")
    settings.set("vectors", to: vectors, origin: "test")
    return try TrainingConfiguration(settings)
  }

  /// The vectors of an item in a table that begins with some row.
  private static func vector(
    _ item: Int, of model: TrainedModel, in table: String, from first: Int32
  ) throws -> [Float] {
    let field = model.encoder.fields.first { $0.field.name == "item" }!
    let rank = try #require(field.vocabulary.rank(of: "i\(item)"))
    let row = Int(field.firstValueID - first) + rank
    let tensor = try #require(model.tensors.first { $0.name == table })
    return Array(tensor.values[4 * row..<4 * row + 4])
  }

  private static func expected(_ item: Int) -> [Float] { [Float("0.\(item + 10)")!, -1, 0.5, 2] }

  @Test(arguments: ["fm", "deepfm-d", "fm-dnn"])
  func `Values start from their vectors, the others as ever`(_ model: String) throws {
    try withTemporaryFolder { folder in
      var configuration = try Self.configuration(model, "item=\(Self.write(to: folder))")
      configuration.learningRate = 1e-9
      configuration.epochs = 1
      var notes: [String] = []
      let run = try trainOnReference(pairwiseLog(rows: 600), configuration) {
        if case .noted(let text) = $0 { notes.append(text) }
      }
      #expect(
        notes.count == 1 && notes[0].hasPrefix("item: 20 of 40 values have a vector in "),
        "\(notes)")
      #expect(notes[0].contains("(of 21 there)"))
      configuration.vectors = nil
      let plain = try trainOnReference(pairwiseLog(rows: 600), configuration).model
      for table in run.model.tensors.map(\.name) where table.hasSuffix("embedding") {
        for item in 0..<40 {
          let found = try Self.vector(item, of: run.model, in: table, from: 0)
          let wanted =
            item % 2 == 0
            ? Self.expected(item) : try Self.vector(item, of: plain, in: table, from: 0)
          #expect(zip(found, wanted).allSatisfy { abs($0 - $1) < 1e-5 }, "\(table), item \(item)")
        }
      }
    }
  }

  @Test(arguments: ["fm", "deepfm-d", "fnn"])
  func `Frozen vectors stay as they are to the last bit, on the device too`(_ model: String) throws
  {
    try withTemporaryFolder { folder in
      var configuration = try Self.configuration(
        model, "item=\(Self.write(to: folder)):frozen, user=\(folder)/users.txt")
      try (0..<40).map { "u\($0) 1 0 0 1" }.joined(separator: "\n").write(
        toFile: "\(folder)/users.txt", atomically: true, encoding: .utf8)
      configuration.tables = .whole
      configuration.embedding.l2 = 1e-3
      let log = pairwiseLog(rows: 1500)
      let run = try ClickModel.fit(log, configuration: configuration, device: "cpu").trained
      let first = run.encoder.fields.first { $0.field.name == "item" }!.firstID
      for item in 0..<40 {
        let found = try Self.vector(item, of: run, in: "embedding.frozen", from: first)
        #expect(found == (item % 2 == 0 ? Self.expected(item) : [0, 0, 0, 0]))
        #expect(try Self.vector(item, of: run, in: "embedding", from: 0) != Self.expected(item))
      }
      // A file keeps it, and it goes on from there without the vectors' files.
      try run.write(to: "\(folder)/model.deepfm")
      let read = try TrainedModel(contentsOf: "\(folder)/model.deepfm")
      #expect(read == run)
      try FileManager.default.removeItem(atPath: "\(folder)/users.txt")
      let data = try TrainingData(
        training: [log], encoder: read.encoder, configuration: read.configuration)
      var more = read.configuration
      more.epochs = 1
      let later = try Trainer(data, configuration: more, backend: ReferenceBackend(), from: read)
        .run()
      let frozen = later.model.tensors.first { $0.name == "embedding.frozen" }
      #expect(frozen == run.tensors.first { $0.name == "embedding.frozen" })
    }
  }

  @Test func `Vectors that cannot be meant are refused`() throws {
    try withTemporaryFolder { folder in
      let path = try Self.write(to: folder)
      func words(_ vectors: String, size: Int = 4) throws -> String {
        var configuration = try Self.configuration("fm", vectors)
        configuration.sizes.embeddingSize = size
        let error = #expect(throws: UserError.self) {
          try trainOnReference(pairwiseLog(rows: 100), configuration)
        }
        return error?.description ?? ""
      }
      #expect(try words("itm=\(path)").contains(#"did you mean "item"?"#))
      #expect(try words("user=\(path)").contains("found none of the values of field \"user\""))
      #expect(try words("item=\(path)", size: 5).contains("--embedding-size 4"))
      #expect(try words("item=\(folder)/no.npz").contains("no such file"))
      for text in ["item", "item=", "=x", "item=a,item=b", "item=a#b"] {
        #expect(throws: UserError.self) { try Self.configuration("fm", text) }
      }
    }
  }

  @Test func `A model without vectors says that it does not use them`() throws {
    try withTemporaryFolder { folder in
      var doubts: [String] = []
      _ = try trainOnReference(
        pairwiseLog(rows: 200), Self.configuration("lr", "item=\(Self.write(to: folder)):frozen")
      ) { if case .doubted(let text) = $0 { doubts.append(text) } }
      #expect(doubts.contains { $0.hasPrefix("lr has no vectors") })
    }
  }
}
