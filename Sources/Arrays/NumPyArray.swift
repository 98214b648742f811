import Support

/// NumPy's format: `\x93NUMPY`, two bytes of version, the length of a header, a Python dictionary with type, order and
/// shape, and the elements.
enum NumPyArray {
  static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)

  /// - Parameters:
  ///   - path: the file.
  ///   - name: the array's name in it.
  static func read(_ bytes: Bytes, path: String, name: String) throws -> StoredArray {
    let raw = bytes.raw
    func damaged(_ found: String) -> UserError {
      UserError(
        path, found: found, expected: "an array that numpy.save wrote",
        remedy: "write array \(quoted(name)) again")
    }
    guard raw.count >= 12, raw.prefix(6).elementsEqual(magic) else {
      throw damaged(raw.isEmpty ? "nothing" : "something else")
    }
    let isLong = raw[6] >= 2
    let length = (0..<(isLong ? 4 : 2)).reduce(0) { $0 | Int(raw[8 + $1]) << (8 * $1) }
    let start = (isLong ? 12 : 10) + length
    guard start <= raw.count else { throw damaged("a header that is cut short") }
    let header = String(decoding: raw[(isLong ? 12 : 10)..<start], as: UTF8.self)
    guard let type = value("descr", in: header), let order = value("fortran_order", in: header),
      let shapeText = value("shape", in: header)
    else { throw damaged("a header without type, order and shape") }
    let shape = shapeText.split { "(), ".contains($0) }.map { Int($0) ?? -1 }
    guard shape.allSatisfy({ $0 >= 0 }) else { throw damaged("the shape \(shapeText)") }
    guard order == "False" || shape.count < 2 else {
      throw UserError(
        path, found: "array \(quoted(name)) column by column (fortran_order)",
        expected: "row by row", remedy: "save numpy.ascontiguousarray of it")
    }
    return try StoredArray(
      path: path, name: name, element: element(type, path, name), shape: shape,
      bytes: bytes[start..<raw.count])
  }

  /// What stands for a key of the header: the text within quotes or brackets, or a word.
  private static func value(_ key: String, in header: String) -> String? {
    guard let place = header.range(of: "'\(key)':") else { return nil }
    let rest = header[place.upperBound...].drop { $0 == " " }
    switch rest.first {
    case "'": return String(rest.dropFirst().prefix { $0 != "'" })
    case "(": return String(rest.prefix { $0 != ")" })
    default: return String(rest.prefix { $0 != "," && $0 != "}" })
    }
  }

  private static func element(
    _ type: String, _ path: String, _ name: String
  ) throws -> StoredArray.Element {
    func refusal(_ found: String, _ remedy: String) -> UserError {
      UserError(
        path, found: "array \(quoted(name)) of \(found)",
        expected: "whole or floating-point numbers, little-endian, or texts (U, S)", remedy: remedy)
    }
    let size = Int(type.dropFirst(2)) ?? 0
    guard !type.hasPrefix(">") || size == 1 else {
      throw refusal("type \(type), big-endian", "save array.astype('\(type.dropFirst())')")
    }
    switch (type.dropFirst().first, size) {
    case ("f", 2): return .float16
    case ("f", 4): return .float32
    case ("f", 8): return .float64
    case ("i", 1), ("i", 2), ("i", 4), ("i", 8): return .integer(bytes: size, isSigned: true)
    case ("u", 1), ("u", 2), ("u", 4), ("u", 8): return .integer(bytes: size, isSigned: false)
    case ("S", 1...): return .bytes(size)
    case ("U", 1...): return .scalars(size)
    case ("O", _):
      throw refusal("Python objects", "save texts as texts: array.astype(str)")
    default: throw refusal("type \(type)", "save it as one of these: array.astype('float32')")
    }
  }
}
