import DeepFMKit
import Foundation
import Import
import Random
import Testing

@Suite struct CheckpointTests {
  private typealias Tensor = (name: String, shape: [Int], values: [Float])

  /// A tensor of random numbers.
  private static func tensor(_ name: String, _ shape: [Int]) -> Tensor {
    var random = RandomStream(seed: 1, purpose: name)
    let isVariance = name.hasSuffix("running_var")
    return (
      name, shape,
      (0..<shape.reduce(1, *)).map { _ in Float(random.uniform() - (isVariance ? 0 : 0.5)) }
    )
  }

  private static let k = 3

  /// FuxiCTR's DeepFM of two fields and a number, with a hidden layer of four units and batch norm.
  private static let fuxi: [Tensor] = {
    let table = "embedding_layer.embedding_layer.embedding_layers"
    let sizes = [("user", [4, 1]), ("item", [5, 1]), ("price", [1, 1])]
    return sizes.map {
      tensor("\(table).\($0.0).weight", $0.0 == "price" ? [k, 1] : [$0.1[0], k])
    }
      + [tensor("fm.lr_layer.bias", [1])]
      + sizes.map { tensor("fm.lr_layer.\(table).\($0.0).weight", $0.1) }
      + [
        tensor("mlp.mlp.0.weight", [4, 3 * k]), tensor("mlp.mlp.0.bias", [4]),
        tensor("mlp.mlp.1.weight", [4]), tensor("mlp.mlp.1.bias", [4]),
        tensor("mlp.mlp.1.running_mean", [4]), tensor("mlp.mlp.1.running_var", [4]),
        tensor("mlp.mlp.1.num_batches_tracked", [1]),
        tensor("mlp.mlp.3.weight", [1, 4]), tensor("mlp.mlp.3.bias", [1]),
      ]
  }()

  private static func features(in folder: TemporaryFolder) throws {
    _ = try folder.write(
      Array(
        #"""
        {"dataset_id": "x", "labels": ["click"], "features": [{"user": {"type": "categorical"}},
         {"item": {"type": "categorical"}}, {"price": {"type": "numeric"}}]}
        """#.utf8), "feature_map.json")
    _ = try folder.write(
      Array(
        #"""
        {"user": {"anna": 2, "ben": 1, "__PAD__": 0, "__OOV__": 3},
         "item": {"7": 1, "8": 2, "9": 3, "__PAD__": 0, "__OOV__": 4}}
        """#.utf8), "feature_vocab.json")
  }

  /// The model by plain sums: rows of the two tables, and the number.
  private static func expected(_ user: Int, _ item: Int, _ price: Double) -> Double {
    func number(_ name: String, _ index: Int) -> Double {
      Double(fuxi.first { $0.name == name }!.values[index])
    }
    let table = "embedding_layer.embedding_layer.embedding_layers"
    let fields = [("user", user, 1.0), ("item", item, 1), ("price", 0, price)]
    let vectors = fields.map { name, row, x in
      (0..<k).map { x * number("\(table).\(name).weight", row * k + $0) }
    }
    var logit = number("fm.lr_layer.bias", 0)
    for (name, row, x) in fields { logit += x * number("fm.lr_layer.\(table).\(name).weight", row) }
    for (a, b) in [(0, 1), (0, 2), (1, 2)] {
      logit += zip(vectors[a], vectors[b]).reduce(0) { $0 + $1.0 * $1.1 }
    }
    let input = vectors.flatMap(\.self)
    for unit in 0..<4 {
      var z = number("mlp.mlp.0.bias", unit)
      for (j, x) in input.enumerated() {
        z += x * number("mlp.mlp.0.weight", unit * input.count + j)
      }
      z = (z - number("mlp.mlp.1.running_mean", unit))
      z /= (number("mlp.mlp.1.running_var", unit) + 1e-5).squareRoot()
      z = z * number("mlp.mlp.1.weight", unit) + number("mlp.mlp.1.bias", unit)
      logit += max(z, 0) * number("mlp.mlp.3.weight", unit)
    }
    return 1 / (1 + exp(-(logit + number("mlp.mlp.3.bias", 0))))
  }

  private static func imported(
    _ tensors: [Tensor], _ folder: TemporaryFolder, features: String? = nil, model: String? = nil
  ) throws -> TrainedModel {
    let path = try folder.write(ForeignFiles.checkpoint(tensors), "model.pt")
    return try CheckpointImport.model(
      path, features: features, as: model, schema: Schema(format: .csv), activation: .relu
    ).model
  }

  @Test func `A DeepFM of FuxiCTR predicts what its layers say, unknown and missing values too`()
    throws
  {
    let folder = try TemporaryFolder()
    try Self.features(in: folder)
    let model = try Self.imported(Self.fuxi, folder, features: folder.path)
    #expect(model.configuration.model == "deepfm-d" && model.configuration.sizes.hidden == [4])
    #expect(model.encoder.schema.label?.column == "click")
    let rows = [
      ["anna", "7", "0.5"], ["ben", "9", "-1"], ["carl", "8", "2"], ["", "1", "0.25"],
      ["anna", "8", ""],
    ]
    let places: [(Int, Int, Double)] = [
      (2, 1, 0.5), (1, 3, -1), (3, 2, 2), (3, 4, 0.25), (2, 2, 0),
    ]
    let found = try ClickModel(model, on: ReferenceBackend()).predict(
      .rows(columns: ["user", "item", "price"], rows))
    for (probability, place) in zip(found, places) {
      #expect(abs(Double(probability) - Self.expected(place.0, place.1, place.2)) < 1e-6)
    }
    // It is a model as any other.
    let file = folder.path + "/model.deepfm"
    try model.write(to: file)
    #expect(try TrainedModel(contentsOf: file) == model)
  }

  /// DeepCTR-Torch's DeepFM of two fields, without batch norm.
  private static func deepCTR(_ hidden: [Int]) -> [Tensor] {
    var tensors = [
      tensor("embedding_dict.a.weight", [3, k]), tensor("embedding_dict.b.weight", [2, k]),
      tensor("linear_model.embedding_dict.a.weight", [3, 1]),
      tensor("linear_model.embedding_dict.b.weight", [2, 1]), tensor("out.bias", [1]),
    ]
    for (index, width) in hidden.enumerated() {
      let inputs = index == 0 ? 2 * k : hidden[index - 1]
      tensors.append(tensor("dnn.linears.\(index).weight", [width, inputs]))
      tensors.append(tensor("dnn.linears.\(index).bias", [width]))
    }
    if let last = hidden.last { tensors.append(tensor("dnn_linear.weight", [1, last])) }
    return tensors
  }

  @Test func `Models of DeepCTR-Torch take ids, or values by a vocabulary`() throws {
    let folder = try TemporaryFolder()
    let vocabularies = try folder.write(
      Array(#"{"a": {"x": 1, "y": 2, "__OOV__": 0}, "b": {"u": 1, "v": 0}}"#.utf8), "values.json")
    for (name, hidden) in [("lr", []), ("fm", []), ("deepfm-d", [4, 3]), ("lr-dnn", [5])]
      as [(String, [Int])]
    {
      let tensors = Self.deepCTR(hidden)
      func predictions(_ features: String?, _ rows: [[String]]) throws -> [Float] {
        let model = try Self.imported(tensors, folder, features: features, model: name)
        return try ClickModel(model, on: ReferenceBackend()).predict(
          .rows(columns: ["a", "b"], rows))
      }
      let ids = try predictions(nil, [["1", "1"], ["2", "0"], ["0", "1"]])
      #expect(try predictions(vocabularies, [["x", "u"], ["y", "v"], ["?", "u"]]) == ids)
      #expect(Set(ids).count == 3)
      let bias = tensors.first { $0.name == "out.bias" }!.values[0]
      let wide = tensors.filter { $0.name.hasPrefix("linear") }.map(\.values)
      if name == "lr" {
        #expect(abs(ids[0] - 1 / (1 + exp(-(bias + wide[0][1] + wide[1][1])))) < 1e-6)
      }
    }
  }

  @Test func `What cannot be the same model is refused, and why`() throws {
    let folder = try TemporaryFolder()
    try Self.features(in: folder)
    func words(_ tensors: [Tensor], features: String? = nil, model: String? = nil) -> String {
      let error = #expect(throws: UserError.self) {
        try Self.imported(tensors, folder, features: features, model: model)
      }
      return error?.description ?? ""
    }
    #expect(words(Self.fuxi).contains("--features data/DATASET_ID"))
    #expect(
      words(Self.fuxi + [Self.tensor("cross.weight", [2])], features: folder.path).contains(
        "found further layers: cross.weight"))
    #expect(
      words(
        Self.fuxi.map { $0.name.hasPrefix("mlp.mlp.0.w") ? Self.tensor($0.name, [4, 8]) : $0 },
        features: folder.path
      ).contains("found 32 numbers for deep.0.weight, expected 9 × 4"))
    #expect(words(Self.deepCTR([])).contains("--model deepfm-d"))
    #expect(
      words(Self.deepCTR([4]) + [Self.tensor("linear_model.weight", [1, 1])], model: "deepfm-d")
        .contains(
          "dense features"))
    #expect(
      words([Self.tensor("layer.weight", [2])]).contains("a model of FuxiCTR or DeepCTR-Torch"))
    var broken = Self.fuxi
    broken[0].values[0] = .nan
    #expect(words(broken, features: folder.path).contains("found nan in tensor"))
  }

  @Test func `A pickle with more than data in it is not run`() throws {
    let folder = try TemporaryFolder()
    for code in ["cos\nsystem\n(X\u{4}\0\0\0truetR.", "c__main__\nModel\n)\u{81}}b."] {
      let pickle = [0x80, 2] + code.unicodeScalars.map { UInt8($0.value) }
      let path = try folder.write(ForeignFiles.zip([("m/data.pkl", pickle)]), "model.pt")
      let error = #expect(throws: UserError.self) {
        try CheckpointImport.model(
          path, features: nil, as: nil, schema: Schema(format: .csv), activation: .relu)
      }
      #expect(error?.description.contains("model.state_dict()") ?? false)
    }
  }

  @Test func `Changed checkpoints are read or refused by their name`() throws {
    let folder = try TemporaryFolder()
    try Self.features(in: folder)
    let bytes = ForeignFiles.checkpoint(Self.fuxi)
    var random = RandomStream(seed: 9, purpose: "changed checkpoints")
    for turn in 0..<300 {
      var changed = bytes
      if turn % 3 == 0 { changed.removeLast(Int(random.nextWord() % UInt32(bytes.count))) }
      for _ in 0..<min(2, changed.count) {
        // Half of the changes are in the pickle, at the beginning.
        let end = random.nextWord() % 2 == 0 ? min(2000, changed.count) : changed.count
        changed[Int(random.nextWord() % UInt32(end))] = UInt8(truncatingIfNeeded: random.nextWord())
      }
      let path = try folder.write(changed, "model.pt")
      do {
        _ = try CheckpointImport.model(
          path, features: folder.path, as: nil, schema: Schema(format: .csv), activation: .relu)
      } catch is UserError {}
    }
  }
}
