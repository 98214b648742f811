import Features
import Operators
import Support
import Training

/// What a checkpoint of another program says of a model, in this program's terms: the fields with the rows of their
/// tables, and the layers above.
package struct ImportedModel {
  /// A field and the rows of its tables.
  package struct Field {
    /// The field, with its values in the order of their rows.
    package var known: KnownField
    /// The numbers of each row, that of unknown values first, then that of missing ones, then those of the values; of a
    /// number that of missing ones, then its own.
    package var weights: [Float]
    /// [rows × k]; empty for a model without vectors.
    package var vectors: [Float]
  }

  /// A layer: `x W + b`, with batch normalisation behind it or none.
  package struct Layer {
    /// W, [inputs × outputs].
    package var weight: [Float]
    package var outputs: Int
    package var bias: [Float]
    package var norm: Norm?
  }

  /// Batch normalisation as in prediction.
  package struct Norm {
    package var gamma, beta, mean, variance: [Float]
  }

  /// A model here.
  package var model: String
  /// k, 0 for a model without vectors.
  package var width: Int
  package var fields: [Field]
  /// w₀.
  package var bias: Float
  /// The hidden layers and the output, last; empty for a model without a deep part.
  package var layers: [Layer]
  /// What is to be known of it, for people.
  package var notes: [String] = []

  /// The model.
  ///
  /// - Parameters:
  ///   - schema: what is known of logs beside the fields.
  ///   - activation: of the hidden layers, which no checkpoint tells.
  ///   - path: the checkpoint, for errors.
  /// - Throws: `UserError` where shapes do not agree.
  package func trained(
    schema: Schema, activation: Activation, path: String
  ) throws -> TrainedModel {
    let encoder = try FeatureEncoder(fields.map(\.known), schema: schema)
    var configuration = TrainingConfiguration(model: model)
    configuration.selfEnsemble = false
    configuration.sizes.dropout = 0
    if width > 0 { configuration.sizes.embeddingSize = width }
    if !layers.isEmpty {
      configuration.sizes.hidden = layers.dropLast().map(\.outputs)
      configuration.sizes.activation = activation
      configuration.sizes.batchNorm = layers.contains { $0.norm != nil }
    }
    let numbers = try self.numbers(configuration.sizes.batchNorm, path)
    let (graph, _) = try configuration.graph(layout: encoder.layout)
    let tensors = try graph.parameters.filter(\.isSaved).map { parameter in
      guard let values = numbers[parameter.name], values.count == parameter.count else {
        throw UserError(
          path,
          found: "\(numbers[parameter.name]?.count ?? 0) numbers for \(parameter.name)",
          expected: "\(parameter.rows) × \(parameter.columns), as \(model) has here",
          remedy: "only models whose shapes agree can be imported; see docs/import.md")
      }
      return TrainedModel.Tensor(
        name: parameter.name, rows: parameter.rows, columns: parameter.columns, values: values,
        states: [])
    }
    return TrainedModel(encoder: encoder, configuration: configuration, tensors: tensors)
  }

  /// The parameters by their names here.
  private func numbers(_ isNormalized: Bool, _ path: String) throws -> [String: [Float]] {
    var numbers = [
      "wide.weight": fields.flatMap(\.weights), "wide.bias": [bias],
      "embedding": fields.flatMap(\.vectors),
    ]
    for (index, layer) in layers.enumerated() {
      let isOutput = index == layers.count - 1
      let name = isOutput ? "deep.output" : "deep.\(index)"
      numbers["\(name).weight"] = layer.weight
      guard isNormalized, !isOutput else {
        numbers["\(name).bias"] = layer.bias
        continue
      }
      guard let norm = layer.norm else {
        throw UserError(
          path, found: "layer \(index) without batch normalisation among others with it",
          expected: "all hidden layers alike", remedy: "such a model cannot be imported")
      }
      numbers["\(name).norm.gamma"] = norm.gamma
      numbers["\(name).norm.beta"] = norm.beta
      // A bias before a normalisation moves its mean.
      numbers["\(name).norm.mean"] = zip(norm.mean, layer.bias).map { $0 - $1 }
      numbers["\(name).norm.variance"] = norm.variance
    }
    return numbers
  }
}

extension ImportedModel.Field {
  /// A field of single values.
  ///
  /// - Parameters:
  ///   - rows: each value with its row in the checkpoint's tables, in the order of these rows.
  ///   - unknown: the row of unknown and of missing values; nil where there is none: they then count for nothing.
  ///   - weights: the checkpoint's table of weights; nil for none.
  ///   - vectors: that of vectors; nil for none.
  init(
    _ name: String, rows: [(value: String, row: Int)], unknown: Int?, weights: [Float]?,
    vectors: [Float]?, width: Int
  ) {
    known = KnownField(.categorical(name), values: rows.map(\.value))
    let places = [unknown, unknown] + rows.map(\.row)
    func taken(_ table: [Float]?, _ width: Int) -> [Float] {
      places.flatMap { row -> [Float] in
        guard let row, let table else { return [Float](repeating: 0, count: width) }
        return Array(table[row * width..<(row + 1) * width])
      }
    }
    self.weights = taken(weights, 1)
    self.vectors = width > 0 ? taken(vectors, width) : []
  }

  /// A number: x times its weight and its vector; a missing one counts for nothing.
  init(number name: String, weight: Float, vector: [Float]) {
    known = KnownField(.numeric(name, encoding: .value))
    weights = [0, weight]
    vectors = [Float](repeating: 0, count: vector.count) + vector
  }
}
