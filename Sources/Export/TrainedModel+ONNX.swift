import Data
import Features
import Foundation
import ONNX
import Operators
import Support
import Training

extension TrainedModel {
  /// The model as an ONNX graph, which gives what prediction gives but for rounding.
  ///
  /// - Parameters:
  ///   - inputs: what the graph is given.
  ///   - version: the program's.
  /// - Throws: ``NoONNXForm`` for a model with an operation that has none.
  package func onnx(_ inputs: ONNXInputs, version: String) throws -> ONNXModel {
    let (graph, logits) = try build()
    var onnx = ONNXGraph()
    let encoded = inputs == .raw ? onnx.encode(encoder) : onnx.ids(encoder.layout)
    var pass = ONNXPass(
      graph, numbers: Dictionary(uniqueKeysWithValues: tensors.map { ($0.name, $0.values) }),
      into: onnx, ids: encoded.ids, values: encoded.values)
    let logit = try pass.add(upTo: logits)
    onnx = pass.onnx
    let rows = onnx.add("Reshape", logit, [-1])
    var probability = onnx.add("Sigmoid", [rows])
    if oddsFactor != 1 {
      probability = onnx.multipliedOdds(probability, by: oddsFactor)
    }
    onnx.output(
      "probability", of: probability, .float, [.batch], meaning: "the click probability of each row"
    )
    return ONNXModel(
      onnx, name: configuration.model, meaning: "\(self)", version: version,
      metadata: try metadata())
  }

  private func metadata() throws -> [(key: String, value: String)] {
    var metadata = [
      ("model", configuration.model), ("configuration", configuration.yaml),
      ("schema", try encoder.schema.yaml()),
    ]
    if let validation {
      metadata += [
        ("validation_auc", validation.auc.map { "\($0)" } ?? ""),
        ("validation_log_loss", "\(validation.logLoss)"),
      ]
    }
    return metadata
  }
}

extension ONNXGraph {
  /// The input of ids, absent ones −1, and of x where the layout is weighted.
  fileprivate mutating func ids(_ layout: BatchLayout) -> EncodedField {
    let shape: [Dimension] = [.batch, .fixed(layout.slots)]
    let given = input("ids", .int32, shape, meaning: "rows of the table, −1 for none")
    let zero = constant("zero", ONNXTensor([0 as Int32], shape: [1]))
    let absent = constant("absent", ONNXTensor([Int32(layout.features)], shape: [1]))
    let ids = add("Where", [add("Less", [given, zero]), absent, given])
    guard layout.weighted else { return EncodedField(ids: ids) }
    return EncodedField(ids: ids, values: input("values", .float, shape, meaning: "x of each id"))
  }

  /// An input for each field, and the slots of all of them side by side.
  fileprivate mutating func encode(_ encoder: FeatureEncoder) -> EncodedField {
    let fields = encoder.fields.map {
      encode($0, markers: encoder.schema.missing ?? [], absent: Int64(encoder.layout.features))
    }
    let ids = concatenated(fields.map(\.ids))
    guard encoder.layout.weighted else { return EncodedField(ids: ids) }
    let values = zip(encoder.fields, fields).map { field, encoded in
      encoded.values ?? ones(like: encoded.ids, slots: field.slots)
    }
    return EncodedField(ids: ids, values: concatenated(values))
  }

  mutating func concatenated(_ results: [String]) -> String {
    results.count == 1 ? results[0] : add("Concat", results, [("axis", .int(1))])
  }

  /// x = 1 for every slot: that of an absent one counts for nothing, as its row of the table is 0.
  private mutating func ones(like ids: String, slots: Int) -> String {
    let one = constant("one", ONNXTensor([1 as Float], shape: [1]))
    return add("Expand", [one, add("Shape", [ids])])
  }

  /// See ``Odds/multiplied(_:by:)``.
  fileprivate mutating func multipliedOdds(_ probability: String, by factor: Float) -> String {
    let p = cast(probability, to: .double)
    let one = constant("one", ONNXTensor([1.0], shape: [1]))
    let f = constant("odds_factor", ONNXTensor([Double(factor)], shape: [1]))
    let negatives = add("Div", [add("Sub", [one, p]), f])
    return cast(add("Div", [p, add("Add", [p, negatives])]), to: .float)
  }
}

extension TrainedModel {
  /// What a user of the file has to know of its inputs, a line each.
  package func onnxNotes(_ inputs: ONNXInputs) -> [String] {
    guard inputs == .raw else { return [] }
    return encoder.fields.compactMap { field in
      let name = quoted(field.field.name)
      if let part = field.field.derive {
        return "field \(name) is given as the \(part.rawValue) of its time, not as the time"
      }
      if field.field.effectiveEncoding == .hash {
        return field.field.hash ?? .xxh64 == .xxh64
          ? "field \(name) is given as buckets: ONNX has no XXH64; hash: murmur3 in the schema has a node"
          : "field \(name) needs onnxruntime: its hash is none of ONNX's own nodes"
      }
      return nil
    }
  }
}
