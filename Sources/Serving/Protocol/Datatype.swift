/// What the elements of a tensor are, by the protocol's names.
enum Datatype: String, CaseIterable, Sendable {
  case bool = "BOOL"
  case uint8 = "UINT8"
  case uint16 = "UINT16"
  case uint32 = "UINT32"
  case uint64 = "UINT64"
  case int8 = "INT8"
  case int16 = "INT16"
  case int32 = "INT32"
  case int64 = "INT64"
  case fp32 = "FP32"
  case fp64 = "FP64"
  case bytes = "BYTES"

  /// The bytes of an element in the binary form; nil where each brings its length.
  var size: Int? {
    switch self {
    case .bool, .uint8, .int8: 1
    case .uint16, .int16: 2
    case .uint32, .int32, .fp32: 4
    case .uint64, .int64, .fp64: 8
    case .bytes: nil
    }
  }

  var isWhole: Bool { self != .fp32 && self != .fp64 && self != .bytes && self != .bool }
}

/// An element of a tensor of numbers in the binary form, little-endian.
enum TensorNumber {
  case whole(Int64)
  case large(UInt64)
  case single(Float)
  case double(Double)

  init(_ bytes: UnsafeRawBufferPointer, at offset: Int, _ datatype: Datatype) {
    func load<Number: FixedWidthInteger>(_: Number.Type) -> Number {
      Number(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Number.self))
    }
    self =
      switch datatype {
      case .bool: .whole(load(UInt8.self) == 0 ? 0 : 1)
      case .uint8: .whole(Int64(load(UInt8.self)))
      case .uint16: .whole(Int64(load(UInt16.self)))
      case .uint32: .whole(Int64(load(UInt32.self)))
      case .uint64: .large(load(UInt64.self))
      case .int8: .whole(Int64(load(Int8.self)))
      case .int16: .whole(Int64(load(Int16.self)))
      case .int32: .whole(Int64(load(Int32.self)))
      case .int64: .whole(load(Int64.self))
      case .fp32: .single(Float(bitPattern: load(UInt32.self)))
      case .fp64, .bytes: .double(Double(bitPattern: load(UInt64.self)))
      }
  }

  var double: Double {
    switch self {
    case .whole(let number): Double(number)
    case .large(let number): Double(number)
    case .single(let number): Double(number)
    case .double(let number): number
    }
  }

  /// As a log would have it: the shortest text that reads back as the same number.
  var text: String {
    switch self {
    case .whole(let number): "\(number)"
    case .large(let number): "\(number)"
    case .single(let number): "\(number)"
    case .double(let number): "\(number)"
    }
  }
}
