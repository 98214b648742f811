import Foundation
import Support

/// The safetensors format: the header's length in 8 bytes, a header in JSON with type, shape and place of each tensor,
/// and the tensors.
enum SafetensorsFile {
  private struct Entry: Decodable {
    let dtype: String
    let shape: [Int]
    let offsets: [Int]

    enum CodingKeys: String, CodingKey {
      case dtype, shape
      case offsets = "data_offsets"
    }
  }

  /// Whether a file begins as such a one.
  static func isOne(_ bytes: UnsafeRawBufferPointer) -> Bool {
    bytes.count > 9 && bytes[8] == UInt8(ascii: "{") && bytes[6] == 0 && bytes[7] == 0
  }

  /// The tensors by their names.
  static func read(_ file: MappedFile, path: String) throws -> [String: StoredArray] {
    let bytes = file.bytes
    func damaged(_ found: String) -> UserError {
      UserError(
        path, found: found, expected: "a whole safetensors file",
        remedy: "the file is cut short or damaged: copy or write it again")
    }
    guard bytes.count >= 8 else { throw damaged("\(bytes.count) bytes") }
    let length = Int(
      clamping: UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: 0, as: UInt64.self)))
    guard length <= bytes.count - 8 else { throw damaged("a header that is cut short") }
    let json = Data(bytes[8..<8 + length])
    guard
      let all = (try? JSONSerialization.jsonObject(with: json)) as? [String: Any],
      let entries = try? JSONDecoder().decode([String: Entry].self, from: plain(all))
    else { throw damaged("a header that cannot be read") }
    return try entries.reduce(into: [:]) { arrays, named in
      let (name, entry) = named
      guard entry.offsets.count == 2, 0 <= entry.offsets[0],
        entry.offsets[0] <= entry.offsets[1], entry.offsets[1] <= bytes.count - 8 - length
      else { throw damaged("tensor \(quoted(name)) outside the file") }
      guard let element = element(entry.dtype) else { return }
      arrays[name] = try StoredArray(
        path: path, name: name, element: element, shape: entry.shape,
        bytes: Bytes(file, 8 + length + entry.offsets[0]..<8 + length + entry.offsets[1]))
    }
  }

  /// The header without what is no tensor.
  private static func plain(_ header: [String: Any]) throws -> Data {
    try JSONSerialization.data(withJSONObject: header.filter { $0.key != "__metadata__" })
  }

  /// Nil for what has no numbers that are known here.
  private static func element(_ type: String) -> StoredArray.Element? {
    switch type {
    case "F16": .float16
    case "BF16": .bfloat16
    case "F32": .float32
    case "F64": .float64
    case "I8", "I16", "I32", "I64":
      .integer(bytes: (Int(type.dropFirst()) ?? 8) / 8, isSigned: true)
    case "U8", "U16", "U32", "U64":
      .integer(bytes: (Int(type.dropFirst()) ?? 8) / 8, isSigned: false)
    case "BOOL": .integer(bytes: 1, isSigned: false)
    default: nil
    }
  }
}
