import DeepFMKit
import Testing

@Suite struct EmbeddingSizeTests {
  private static func configuration(
    _ model: String, _ sizes: String
  ) throws -> TrainingConfiguration {
    var settings = try TrainingSettings(yaml: smallConfiguration(model).yaml, name: "test")
    settings.set("embedding_sizes", to: sizes, origin: "test")
    return try TrainingConfiguration(settings)
  }

  /// The vectors of a field in a table, k = 4.
  private static func vectors(
    _ name: String, of model: TrainedModel, in table: String
  ) throws -> [ArraySlice<Float>] {
    let field = try #require(model.encoder.fields.first { $0.field.name == name })
    let values = try #require(model.tensors.first { $0.name == table }).values
    return (Int(field.firstID)..<Int(field.firstID) + field.rows).map {
      values[4 * $0..<4 * $0 + 4]
    }
  }

  @Test(arguments: ["fm", "deepfm-d", "fm-dnn", "fnn", "deepfm-finalnet"])
  func `A field uses its first numbers alone, and a file keeps that`(_ model: String) throws {
    try withTemporaryFolder { folder in
      let configuration = try Self.configuration(model, "user=1, item=3")
      let run = try ClickModel.fit(
        pairwiseLog(rows: 600), configuration: configuration, device: "cpu"
      ).trained
      #expect(run.configuration.sizes.fieldSizes == [1, 3, 4])
      for table in run.tensors.map(\.name) where table.hasSuffix("embedding") {
        for (name, size) in [("user", 1), ("item", 3)] {
          let vectors = try Self.vectors(name, of: run, in: table)
          #expect(vectors.allSatisfy { $0.dropFirst(size).allSatisfy { $0 == 0 } })
          #expect(vectors.contains { $0.prefix(size).allSatisfy { abs($0) > 1e-3 } })
        }
      }
      try run.write(to: "\(folder)/model.deepfm")
      #expect(try TrainedModel(contentsOf: "\(folder)/model.deepfm") == run)
    }
  }

  @Test func `Sizes that are those of all change nothing`() throws {
    let log = pairwiseLog(rows: 400)
    // With dropout the mask would: a layer's draws are known by its place among the operations.
    var configuration = try Self.configuration("deepfm-d", "user=4, item=4")
    configuration.sizes.dropout = 0
    let sized = try trainOnReference(log, configuration).model
    configuration.embeddingSizes = nil
    let whole = try trainOnReference(log, configuration).model
    for tensor in whole.tensors {
      let values = try #require(sized.tensors.first { $0.name == tensor.name }).values
      #expect(zip(values, tensor.values).allSatisfy(==), "\(tensor.name)")
    }
  }

  @Test func `By values, a field with few has a short vector`() throws {
    var configuration = try Self.configuration("fm", "by-values")
    configuration.sizes.embeddingSize = 16
    var notes: [String] = []
    let log = LogSource.rows(
      columns: ["label", "pair", "many"],
      (0..<400).map { ["\($0 / 2 % 2)", "ab".map(String.init)[$0 % 2], "m\($0 % 100)"] })
    var schema = Schema()
    schema.label = Schema.Label(column: "label")
    schema.fields = [.categorical("pair"), .categorical("many")]
    let data = try TrainingData(training: [log], schema: schema, configuration: configuration)
    let run = try Trainer(data, configuration: configuration, backend: ReferenceBackend()).run {
      if case .noted(let text) = $0 { notes.append(text) }
    }
    // With those of unknown and missing values 4 features: 1.6 · 4^0.56 = 3.5; 102: 21.3, and k is 16.
    #expect(run.model.configuration.sizes.fieldSizes == [3, 16])
    #expect(notes == ["embedding sizes: pair 3, many 16"])
  }

  @Test func `Sizes that cannot be meant are refused`() throws {
    func words(_ sizes: String, _ change: (inout TrainingConfiguration) -> Void = { _ in }) throws
      -> String
    {
      var configuration = try Self.configuration("fm", sizes)
      change(&configuration)
      let error = #expect(throws: UserError.self) {
        try trainOnReference(pairwiseLog(rows: 100), configuration)
      }
      return error?.description ?? ""
    }
    #expect(try words("itm=2").contains(#"did you mean "item"?"#))
    #expect(try words("item=5").contains("item=5, above embedding_size, which is 4"))
    let vectors = PretrainedVectors([.init(field: "item", path: "none.txt")])
    #expect(try words("item=2") { $0.vectors = vectors }.contains("vectors of its own"))
    for text in ["item", "item=0", "item=x", "=2", "item=2,item=3", "by-rows"] {
      #expect(throws: UserError.self) { try Self.configuration("fm", text) }
    }
  }

  @Test func `A list that attention weighs keeps its whole vectors`() throws {
    func data(_ configuration: TrainingConfiguration) throws -> TrainingData {
      let log = LogSource.rows(
        columns: ["label", "item", "seen", "user"],
        (0..<200).map { ["\($0 % 2)", "i\($0 % 7)", "i\($0 % 5)|i\($0 % 3)", "u\($0 % 4)"] })
      var schema = Schema()
      schema.label = Schema.Label(column: "label")
      var seen = Schema.Field.multivalued("seen", vocabulary: "items")
      seen.pooling = .attention
      schema.fields = [.categorical("item", vocabulary: "items"), seen, .categorical("user")]
      return try TrainingData(training: [log], schema: schema, configuration: configuration)
    }
    func sizes(_ text: String) throws -> [Int] {
      let configuration = try Self.configuration("fm", text)
      return try Trainer(
        data(configuration), configuration: configuration, backend: ReferenceBackend()
      ).run().model.configuration.sizes.fieldSizes
    }
    #expect(try sizes("user=2") == [4, 4, 2])
    #expect(try sizes("by-values") == [4, 4, 4])
    let error = #expect(throws: UserError.self) { try sizes("item=2") }
    #expect(error?.description.contains("which attention holds against another") ?? false)
  }

  @Test func `A model without vectors says that it does not use their sizes`() throws {
    var doubts: [String] = []
    _ = try trainOnReference(pairwiseLog(rows: 200), Self.configuration("lr", "item=2")) {
      if case .doubted(let text) = $0 { doubts.append(text) }
    }
    #expect(doubts.first == "lr has no vectors: embedding_sizes does nothing")
  }
}
