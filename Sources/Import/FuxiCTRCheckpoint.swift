import Foundation
import Support

/// A checkpoint of FuxiCTR with the files of its features: `feature_map.json` and `feature_vocab.json`.
///
/// | there | here |
/// |---|---|
/// | `embedding_layer.embedding_layer.embedding_layers.F.weight` | the vectors of field F |
/// | the same below `lr_layer` | its weights |
/// | `mlp.mlp.N`, `dnn.mlp.N` | hidden layers with their normalisation, and the output |
package enum FuxiCTRCheckpoint {
  private static let table = "embedding_layer.embedding_layer.embedding_layers."

  /// Whether tensors of these names are such a model's.
  static func isOne(_ names: [String]) -> Bool { names.contains { $0.contains(table) } }

  /// - Parameters:
  ///   - folder: the folder of the features' files, or one of them.
  ///   - model: the name of the model here; nil to tell from the layers.
  static func read(
    _ checkpoint: Checkpoint, features folder: String, as model: String?
  ) throws -> (model: ImportedModel, label: String?) {
    var checkpoint = checkpoint
    let folder =
      folder.hasSuffix(".json") ? URL(filePath: folder).deletingLastPathComponent().path : folder
    let map: FeatureMap = try decode("\(folder)/feature_map.json")
    let vocabularies: [String: [String: Int]] = try decode("\(folder)/feature_vocab.json")
    let hasVectors = !checkpoint.names(table, ".weight").isEmpty
    let wide = wideName(checkpoint)
    let weights = wide + table
    let fields = wide.isEmpty ? [] : checkpoint.names(hasVectors ? table : weights, ".weight")
    guard !fields.isEmpty else {
      throw UserError(
        checkpoint.path, found: "no tables of fields", expected: "a model with an LR part",
        remedy: "only LR, FM, DeepFM and Wide & Deep can be imported; see docs/import.md")
    }
    var (taken, width, hasNumbers): ([ImportedModel.Field], Int, Bool) = ([], 0, false)
    for name in fields {
      guard let feature = map.feature(name) else {
        throw UserError(
          "\(folder)/feature_map.json", found: "no feature \(quoted(name))",
          expected: "the checkpoint's features", remedy: "give the files of one training")
      }
      let vectors = hasVectors ? try checkpoint.take("\(table)\(name).weight", axes: 2) : nil
      let weight = try checkpoint.take("\(weights)\(name).weight", axes: 2)
      switch feature.type {
      case "numeric":
        hasNumbers = true
        let vector = vectors?.numbers ?? []
        width = max(width, vector.count)
        taken.append(.init(number: name, weight: weight.numbers.first ?? 0, vector: vector))
      case "categorical":
        guard let vocabulary = vocabularies[name] else {
          throw UserError(
            "\(folder)/feature_vocab.json", found: "no vocabulary of \(quoted(name))",
            expected: "one", remedy: "give the files of one training")
        }
        let unknown = vocabulary["__OOV__"]
        let rows = vocabulary.filter { !["__PAD__", "__OOV__"].contains($0.key) }
          .map { (value: $0.key, row: $0.value) }
          .sorted { ($0.row, $0.value) < ($1.row, $1.value) }
        try checkpoint.check(rows, unknown, of: name, in: weight.shape[0])
        if let vectors {
          width = max(width, vectors.shape[1])
          try checkpoint.check(rows, unknown, of: name, in: vectors.shape[0])
        }
        taken.append(
          .init(
            name, rows: rows, unknown: unknown, weights: weight.numbers,
            vectors: vectors?.numbers, width: vectors?.shape[1] ?? 0))
      default:
        throw UserError(
          "\(folder)/feature_map.json", found: "feature \(quoted(name)) of type \(feature.type)",
          expected: "categorical or numeric ones",
          remedy:
            "FuxiCTR pools a list's weights by sums and its vectors by means, as no model here does"
        )
      }
    }
    let bias = try checkpoint.take("\(wide)bias", axes: 1).numbers[0]
    let layers = try takeLayers(&checkpoint)
    try checkpoint.checkAllTaken()
    let isFM = wide.hasPrefix("fm.")
    let found = !hasVectors ? "lr" : layers.isEmpty ? "fm" : isFM ? "deepfm-d" : "lr-dnn"
    return (
      ImportedModel(
        model: model ?? found, width: width, fields: taken, bias: bias, layers: layers,
        notes: hasNumbers
          ? [
            "numbers are taken as they stand in the log: what a normalizer of FuxiCTR made of them, "
              + "the log must have already"
          ] : []), map.labels?.first
    )
  }

  /// What stands before the tables of the weights.
  private static func wideName(_ checkpoint: Checkpoint) -> String {
    let name = checkpoint.names.first { $0.contains("." + table) }
    return name.map { String($0[..<$0.range(of: table)!.lowerBound]) } ?? ""
  }

  /// The layers of a block, which stand in a row with their normalisations.
  private static func takeLayers(_ checkpoint: inout Checkpoint) throws -> [ImportedModel.Layer] {
    guard
      let block = ["mlp.mlp.", "dnn.mlp."].first(where: { name in
        checkpoint.names.contains { $0.hasPrefix(name) }
      })
    else { return [] }
    let places = Set(checkpoint.names(block, ".weight").compactMap { Int($0) }).sorted()
    var layers: [ImportedModel.Layer] = []
    for (index, place) in places.enumerated()
    where checkpoint.shape(of: "\(block)\(place).weight")?.count == 2 {
      let next = index + 1 < places.count ? places[index + 1] : nil
      let isNorm = next.map { checkpoint.has("\(block)\($0).running_mean") } ?? false
      let norm = isNorm ? next.map { "\(block)\($0)" } : nil
      layers.append(
        try checkpoint.takeLayer(
          "\(block)\(place)", hasBias: checkpoint.has("\(block)\(place).bias"), norm: norm))
    }
    return layers
  }

  private static func decode<Value: Decodable>(_ path: String) throws -> Value {
    guard let data = try? Data(contentsOf: URL(filePath: path)) else {
      throw UserError(
        path, found: "no readable file", expected: "a file of FuxiCTR's features",
        remedy: "name the folder with --features, as data/DATASET_ID")
    }
    guard let value = try? JSONText.decode(Value.self, from: data) else {
      throw UserError(
        path, found: "something else", expected: "a file of FuxiCTR's features",
        remedy: "name the folder with --features, as data/DATASET_ID")
    }
    return value
  }

  /// `feature_map.json`, as far as it is needed.
  private struct FeatureMap: Decodable {
    struct Feature: Decodable {
      let type: String
    }

    let labels: [String]?
    let features: [[String: Feature]]

    func feature(_ name: String) -> Feature? { features.lazy.compactMap { $0[name] }.first }
  }
}
