import Protobuf

/// An ONNX model: a graph with what is to be known of it.
package struct ONNXModel: Sendable {
  /// The version of the format, and those of the operators: what onnxruntime 1.12 and later read.
  private static let irVersion: Int64 = 8
  private static let operatorSets = [("", 17), (ONNXGraph.ml, 3), (ONNXGraph.microsoft, 1)]
  /// A constant of more bytes stands in a file of its own: a message ends at 2 GiB, and onnxruntime maps
  /// such a file instead of copying it.
  package static let largest = 64 << 20
  /// Where constants begin in that file: a multiple of this, so that they can be mapped.
  private static let alignment = 4096

  package var graph: ONNXGraph
  package var name: String
  package var meaning: String
  /// The program's version.
  package var version: String
  /// Names with values, for people and programs.
  package var metadata: [(key: String, value: String)]

  package init(
    _ graph: ONNXGraph, name: String, meaning: String, version: String,
    metadata: [(key: String, value: String)]
  ) {
    (self.graph, self.name, self.meaning, self.version) = (graph, name, meaning, version)
    self.metadata = metadata
  }

  /// Writes the model.
  ///
  /// - Parameters:
  ///   - limit: constants of more bytes go into the second file.
  ///   - external: what the second file is called, as seen from the first.
  ///   - append: takes the bytes of the first file.
  ///   - appendExternal: takes those of the second, if there are any; called before the first `append`.
  package func write(
    limit: Int = largest, external: String,
    _ append: (UnsafeRawBufferPointer) throws -> Void,
    external appendExternal: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    var (body, end) = (ProtobufMessage(), 0)
    for node in graph.nodes { body.add(1, node.message) }
    body.add(2, name)
    for (name, tensor) in graph.constants {
      guard case .floats(let values, let zeros) = tensor.elements, 4 * values.count > limit else {
        body.add(5, tensor.message(name))
        continue
      }
      let start = (end + Self.alignment - 1) / Self.alignment * Self.alignment
      try [UInt8](repeating: 0, count: start - end).withUnsafeBytes(appendExternal)
      try values.withUnsafeBytes(appendExternal)
      try [UInt8](repeating: 0, count: 4 * zeros).withUnsafeBytes(appendExternal)
      end = start + 4 * (values.count + zeros)
      body.add(
        5,
        tensor.message(
          name,
          external: ONNXTensor.ExternalData(file: external, offset: start, length: end - start)))
    }
    for input in graph.inputs { body.add(11, input.message) }
    for output in graph.outputs { body.add(12, output.message) }
    var message = ProtobufMessage()
    message.add(1, Self.irVersion)
    message.add(2, "deepfm")
    message.add(3, version)
    message.add(6, meaning)
    message.add(7, body)
    for (domain, version) in Self.operatorSets where isUsed(domain) {
      var set = ProtobufMessage()
      set.add(1, domain)
      set.add(2, Int64(version))
      message.add(8, set)
    }
    for (key, value) in metadata {
      var entry = ProtobufMessage()
      entry.add(1, key)
      entry.add(2, value)
      message.add(14, entry)
    }
    try message.write(append)
  }

  private func isUsed(_ domain: String) -> Bool {
    domain.isEmpty || graph.nodes.contains { $0.domain == domain }
  }
}

extension ONNXGraph.Port {
  /// A ValueInfoProto.
  var message: ProtobufMessage {
    var shape = ProtobufMessage()
    for dimension in self.shape {
      var message = ProtobufMessage()
      switch dimension {
      case .fixed(let length): message.add(1, Int64(length))
      case .named(let name): message.add(2, name)
      }
      shape.add(1, message)
    }
    var (tensor, type, message) = (ProtobufMessage(), ProtobufMessage(), ProtobufMessage())
    tensor.add(1, self.type.rawValue)
    tensor.add(2, shape)
    type.add(1, tensor)
    message.add(1, name)
    message.add(2, type)
    if !meaning.isEmpty { message.add(3, meaning) }
    return message
  }
}
