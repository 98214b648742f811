import Protobuf

/// A node of an ONNX graph.
struct ONNXNode: Sendable {
  let name: String
  let type: String
  let domain: String
  let inputs: [String]
  let output: String
  let attributes: [(name: String, value: ONNXAttribute)]

  var message: ProtobufMessage {
    var message = ProtobufMessage()
    for input in inputs { message.add(1, input) }
    message.add(2, output)
    message.add(3, name)
    message.add(4, type)
    for attribute in attributes { message.add(5, attribute.value.message(attribute.name)) }
    if !domain.isEmpty { message.add(7, domain) }
    return message
  }
}

/// An attribute of a node.
public enum ONNXAttribute: Sendable {
  case float(Float)
  case int(Int)
  case ints([Int64])
  /// Each the bytes of a text.
  case strings([[UInt8]])

  func message(_ name: String) -> ProtobufMessage {
    var message = ProtobufMessage()
    message.add(1, name)
    switch self {
    case .float(let value):
      message.add(2, float: value)
      message.add(20, 1)
    case .int(let value):
      message.add(3, Int64(value))
      message.add(20, 2)
    case .ints(let values):
      for value in values { message.add(8, value) }
      message.add(20, 7)
    case .strings(let texts):
      for text in texts { message.add(9, text) }
      message.add(20, 8)
    }
    return message
  }
}
