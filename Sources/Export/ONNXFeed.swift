import Data
import Datasets
import Features
import Foundation
import Logs
import Support
import Training

/// Rows of a log as the inputs of an exported graph, with the probabilities that they are to give: a JSON object a
/// line for each block of rows.
struct ONNXFeed: Encodable {
  /// One input.
  struct Tensor: Encodable {
    var type: String
    var shape: [Int]
    var values: Values
  }

  /// The elements of an input.
  enum Values: Encodable {
    case texts([String])
    /// No number (NaN) is null.
    case doubles([Double])
    case floats([Float])
    case integers([Int64])

    func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      switch self {
      case .texts(let texts): try container.encode(texts)
      case .doubles(let numbers): try container.encode(numbers.map { $0.isNaN ? nil : $0 })
      case .floats(let numbers): try container.encode(numbers)
      case .integers(let numbers): try container.encode(numbers)
      }
    }
  }

  var inputs: [String: Tensor]
  var expected: [Float]
}

extension ONNXFeed {
  /// Calls `body` with the inputs of each block of the rows of logs, as ``ONNXInputs/raw`` names them.
  static func raw(
    _ logs: [LogSource], by encoder: FeatureEncoder, _ body: ([String: Tensor], Int) throws -> Void
  ) throws {
    var reader = RowReader(logs, schema: encoder.schema, labels: .optional)
    let rejected = try RejectedRows(.stop)
    while let block = try reader.next() {
      let report = try block.read(stopsAtFirst: true) { rows in
        var inputs: [String: Tensor] = [:]
        for (index, field) in encoder.fields.enumerated() {
          inputs.merge(tensors(rows.raw(index), of: field)) { first, _ in first }
        }
        try body(inputs, rows.count)
      }
      try rejected.add(report)
    }
  }

  /// The inputs of a field.
  private static func tensors(_ column: RawColumn, of field: FieldEncoder) -> [String: Tensor] {
    let name = field.field.name
    switch column {
    case .numbers(let numbers):
      return [name: Tensor(type: "double", shape: [numbers.count], values: .doubles(numbers))]
    case .texts(let rows):
      let isList = field.field.kind == .multivalued
      let shape = isList ? [rows.count, field.slots] : [rows.count]
      let slots = isList ? field.slots : 1
      let cells = rows.flatMap { row in
        row.prefix(slots).map { Optional($0) }
          + [(text: String, x: Float)?](
            repeating: nil, count: slots - min(row.count, slots))
      }
      var tensors: [String: Tensor] = [:]
      if field.field.effectiveEncoding == .hash, field.field.hash ?? .xxh64 == .xxh64 {
        let buckets = UInt64(field.field.buckets!)
        let values = cells.map { cell -> Int64 in
          guard let cell else { return -1 }
          return Int64(Array(cell.text.utf8).withUnsafeBytes { StableHash.xxh64($0) } % buckets)
        }
        tensors[name] = Tensor(type: "int64", shape: shape, values: .integers(values))
      } else {
        tensors[name] = Tensor(
          type: "string", shape: shape, values: .texts(cells.map { $0?.text ?? "" }))
      }
      if field.field.weighted ?? false {
        tensors["\(name).x"] = Tensor(
          type: "float", shape: shape, values: .floats(cells.map { $0?.x ?? 1 }))
      }
      return tensors
    }
  }

  /// The same as ids and x, see ``ONNXInputs/ids``.
  static func ids(
    _ logs: [LogSource], by encoder: FeatureEncoder, _ body: ([String: Tensor], Int) throws -> Void
  ) throws {
    let blocks = LogEncoding.stream(
      logs, by: encoder, labels: .optional, isRereadable: true, rejecting: try RejectedRows(.stop))
    defer { blocks.abandon() }
    let layout = encoder.layout
    while let block = try blocks.next() {
      let rows = block.parts[0].rows
      let count = rows.count * layout.slots
      let shape = [rows.count, layout.slots]
      var inputs = [
        "ids": Tensor(
          type: "int32", shape: shape,
          values: .integers((0..<count).map { Int64(rows.ids.base[$0]) }))
      ]
      if layout.weighted {
        inputs["values"] = Tensor(
          type: "float", shape: shape,
          values: .floats((0..<count).map { rows.values.base[$0] }))
      }
      let size = rows.count
      block.done()
      if size > 0 { try body(inputs, size) }
    }
  }
}
