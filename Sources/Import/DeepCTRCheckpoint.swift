import Foundation
import Support

/// A checkpoint of DeepCTR-Torch: `torch.save(model.state_dict(), …)` of LR, FM, DeepFM or Wide & Deep on sparse
/// features.
///
/// | there | here |
/// |---|---|
/// | `linear_model.embedding_dict.F.weight` | the weights of field F |
/// | `embedding_dict.F.weight` | its vectors |
/// | `dnn.linears.N`, `dnn.bn.N`, `dnn_linear` | hidden layers with their normalisation, and the output |
/// | `out.bias` | w₀ |
enum DeepCTRCheckpoint {
  private static let table = "embedding_dict."
  private static let wide = "linear_model.embedding_dict."

  /// Whether tensors of these names are such a model's.
  static func isOne(_ names: [String]) -> Bool { names.contains { $0.hasPrefix(wide) } }

  /// - Parameters:
  ///   - vocabularies: a JSON file with the row of each value by field, `{"user": {"anna": 1}}`; nil where the log has
  ///     the rows themselves. A row `__OOV__` is that of unknown and missing values.
  ///   - model: the name of the model here: the tensors do not tell FM's part.
  static func read(
    _ checkpoint: Checkpoint, vocabularies path: String?, as model: String
  ) throws -> ImportedModel {
    var checkpoint = checkpoint
    let known = try path.map(vocabularies)
    let hasVectors = model != "lr"
    let fields = checkpoint.names(hasVectors ? table : wide, ".weight")
    guard !checkpoint.has("linear_model.weight") else {
      throw UserError(
        checkpoint.path, found: "dense features (linear_model.weight)",
        expected: "sparse ones alone",
        remedy: "DeepCTR-Torch gives the network their plain numbers, as no model here does")
    }
    var (taken, width): ([ImportedModel.Field], Int) = ([], 0)
    for name in fields {
      let vectors = hasVectors ? try checkpoint.take("\(table)\(name).weight", axes: 2) : nil
      let isWide = checkpoint.has("\(wide)\(name).weight")
      let weights = isWide ? try checkpoint.take("\(wide)\(name).weight", axes: 2) : nil
      let count = vectors?.shape[0] ?? weights?.shape[0] ?? 0
      let vocabulary = known?[name]
      guard known == nil || vocabulary != nil else {
        throw UserError(
          path ?? "", found: "no vocabulary of \(quoted(name))", expected: "the row of each value",
          remedy: "add it")
      }
      let unknown = vocabulary?["__OOV__"]
      var rows: [(value: String, row: Int)] = []
      if let vocabulary {
        for (value, row) in vocabulary where value != "__PAD__" && value != "__OOV__" {
          rows.append((value, row))
        }
        rows.sort { ($0.row, $0.value) < ($1.row, $1.value) }
      } else {
        rows = (0..<count).map { (String($0), $0) }
      }
      try checkpoint.check(rows, unknown, of: name, in: count)
      width = max(width, vectors?.shape[1] ?? 0)
      taken.append(
        .init(
          name, rows: rows, unknown: unknown, weights: weights?.numbers, vectors: vectors?.numbers,
          width: vectors?.shape[1] ?? 0))
    }
    if !hasVectors {
      // A model without FM and network keeps tables that it does not read.
      for name in checkpoint.names(table, ".weight") where checkpoint.has("\(table)\(name).weight")
      {
        _ = try checkpoint.take("\(table)\(name).weight", axes: 2)
      }
    }
    var layers: [ImportedModel.Layer] = []
    while checkpoint.has("dnn.linears.\(layers.count).weight") {
      let norm = "dnn.bn.\(layers.count)"
      layers.append(
        try checkpoint.takeLayer(
          "dnn.linears.\(layers.count)", norm: checkpoint.has("\(norm).weight") ? norm : nil))
    }
    if !layers.isEmpty { layers.append(try checkpoint.takeLayer("dnn_linear", hasBias: false)) }
    let bias = checkpoint.has("out.bias") ? try checkpoint.take("out.bias", axes: 1).numbers[0] : 0
    try checkpoint.checkAllTaken()
    let hasUnknown = taken.indices.allSatisfy { known?[fields[$0]]?["__OOV__"] != nil }
    return ImportedModel(
      model: model, width: width, fields: taken, bias: bias, layers: layers,
      notes: hasUnknown ? [] : ["values that the model has no row for count for nothing"])
  }

  private static func vocabularies(_ path: String) throws -> [String: [String: Int]] {
    guard let data = try? Data(contentsOf: URL(filePath: path)),
      let found = try? JSONText.decode([String: [String: Int]].self, from: data)
    else {
      throw UserError(
        path, found: "no such vocabularies", expected: #"JSON: {"user": {"anna": 1, …}, …}"#,
        remedy: "write the row of each value, by field")
    }
    return found
  }
}
