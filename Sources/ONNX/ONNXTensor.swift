import Protobuf

/// A constant tensor of an ONNX graph.
public struct ONNXTensor: Sendable {
  /// The types that are used here; raw values are ONNX's.
  public enum ElementType: Int64, Sendable {
    case float = 1
    case int32 = 6
    case int64 = 7
    case string = 8
    case bool = 9
    case double = 11
  }

  /// The elements.
  enum Elements: Sendable {
    case bytes([UInt8])
    /// Numbers, and how many zeros follow them.
    case floats([Float], zeros: Int)
    case strings([[UInt8]])
  }

  let type: ElementType
  /// The length of each axis; empty for a scalar.
  let shape: [Int]
  let elements: Elements

  /// - Precondition: there are as many elements as the shape says; so for all of these.
  ///
  /// - Parameter zeros: how many of the last elements are 0 and not among `values`.
  public init(_ values: [Float], shape: [Int], zeros: Int = 0) {
    self.init(.float, shape, .floats(values, zeros: zeros), count: values.count + zeros)
  }

  public init(_ values: [Double], shape: [Int]) {
    let bytes = values.flatMap { ProtobufMessage.littleEndian($0.bitPattern) }
    self.init(.double, shape, .bytes(bytes), count: values.count)
  }

  public init(_ values: [Int64], shape: [Int]) {
    self.init(
      .int64, shape, .bytes(values.flatMap(ProtobufMessage.littleEndian)), count: values.count)
  }

  public init(_ values: [Int32], shape: [Int]) {
    self.init(
      .int32, shape, .bytes(values.flatMap(ProtobufMessage.littleEndian)), count: values.count)
  }

  public init(_ values: [String], shape: [Int]) {
    self.init(.string, shape, .strings(values.map { Array($0.utf8) }), count: values.count)
  }

  private init(_ type: ElementType, _ shape: [Int], _ elements: Elements, count: Int) {
    precondition(count == shape.reduce(1, *), "\(count) elements of shape \(shape)")
    (self.type, self.shape, self.elements) = (type, shape, elements)
  }

  /// Where the numbers of a tensor are that the model's file does not hold itself.
  struct ExternalData {
    let file: String
    let offset: Int
    let length: Int
  }

  /// The tensor's message.
  ///
  /// - Parameter external: where the numbers are, nil for within the message.
  func message(_ name: String, external: ExternalData? = nil) -> ProtobufMessage {
    var message = ProtobufMessage()
    for length in shape { message.add(1, Int64(length)) }
    message.add(2, type.rawValue)
    message.add(8, name)
    if let external {
      for (key, value) in [
        ("location", external.file), ("offset", "\(external.offset)"),
        ("length", "\(external.length)"),
      ] {
        var entry = ProtobufMessage()
        entry.add(1, key)
        entry.add(2, value)
        message.add(13, entry)
      }
      message.add(14, 1)
      return message
    }
    switch elements {
    case .bytes(let bytes): message.add(9, bytes)
    case .floats(let values, let zeros): message.add(9, floats: values, zeros: zeros)
    case .strings(let texts): for text in texts { message.add(6, text) }
    }
    return message
  }
}
