import Foundation
import Support

/// A file of vectors by value: NumPy's `.npz` with arrays `key` and `value` (as FuxiCTR reads them) or `.npy` with its
/// keys beside it, safetensors, and word2vec's or GloVe's text and binary. Told by its first bytes.
package enum VectorFile {
  /// Reads the vectors of some values.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - field: the field they are for: an export of `deepfm` has those of several.
  ///   - count: how many values are asked for.
  ///   - width: the numbers of a vector.
  ///   - index: the place of a value, as UTF-8, among these; nil for one that is not asked for.
  /// - Throws: `UserError` for a file that cannot be read, vectors of another length, a value with two vectors, and
  ///   numbers that are not finite.
  package static func read(
    _ path: String, field: String, count: Int, width: Int,
    index: @escaping (UnsafeRawBufferPointer) -> Int?
  ) throws -> ValueVectors {
    let file = try MappedFile(path, expected: "a file of vectors")
    var collector = VectorCollector(path: path, count: count, width: width, index: index)
    try withExtendedLifetime(file) {
      let bytes = file.bytes
      if bytes.isEmpty { throw Word2VecFile.nothing(path) }
      if bytes.starts(with: ZipArchive.magic) {
        try collector.addArrays(of: try ZipArchive(file, path: path), path)
      } else if bytes.starts(with: NumPyArray.magic) {
        try collector.addRows(file, path)
      } else if SafetensorsFile.isOne(bytes) {
        try collector.addTensors(of: try SafetensorsFile.read(file, path: path), field)
      } else if bytes.starts(with: Array("PAR1".utf8))
        || bytes.starts(with: [0x89, 0x48, 0x44, 0x46])
      {
        throw UserError(
          path, found: "a \(bytes[0] == 0x89 ? "HDF5" : "Parquet") file",
          expected: "vectors as .npz, .npy, safetensors, or word2vec's text or binary",
          remedy: "in Python: numpy.savez(FILE, key=keys.astype(str), value=vectors)")
      } else {
        try Word2VecFile(bytes, path).read(into: &collector)
      }
    }
    return collector.found
  }
}

extension VectorCollector {
  /// Key and value arrays of an archive.
  fileprivate mutating func addArrays(of archive: ZipArchive, _ path: String) throws {
    func array(_ names: [String]) throws -> StoredArray {
      for name in names {
        if let bytes = try archive.bytes(of: "\(name).npy") {
          return try NumPyArray.read(bytes, path: path, name: name)
        }
      }
      let found = archive.names.map { $0.hasSuffix(".npy") ? String($0.dropLast(4)) : $0 }
      throw UserError(
        path, found: "the arrays \(found.prefix(8).joined(separator: ", "))",
        expected: "two arrays, key and value",
        remedy: "numpy.savez(FILE, key=keys, value=vectors)")
    }
    try add(keys: array(["key", "keys"]), rows: array(["value", "values", "vectors"]))
  }

  /// The rows of a matrix whose keys are in a file beside it.
  fileprivate mutating func addRows(_ file: MappedFile, _ path: String) throws {
    let stem = path.hasSuffix(".npy") ? String(path.dropLast(4)) : path
    let rows = try NumPyArray.read(
      Bytes(file, 0..<file.bytes.count), path: path, name: "vectors")
    if let keys = try? MappedFile("\(stem).keys.npy", expected: "the vectors' values") {
      return try add(
        keys: NumPyArray.read(
          Bytes(keys, 0..<keys.bytes.count), path: "\(stem).keys.npy", name: "keys"), rows: rows)
    }
    guard let keys = try? MappedFile("\(stem).keys.txt", expected: "the vectors' values") else {
      throw UserError(
        path, found: "vectors without the values they are of",
        expected: "\(stem).keys.npy or \(stem).keys.txt beside it, a value a line",
        remedy:
          "write that file, or both arrays into one: numpy.savez(FILE, key=keys, value=vectors)")
    }
    let lines = keys.withBytes { bytes in
      var lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
      if lines.last?.isEmpty ?? false { lines.removeLast() }
      return lines.map { line in
        Array(line.last == UInt8(ascii: "\r") ? line.dropLast() : line)
      }
    }
    try check(keys: lines.count, rows)
    for (row, line) in lines.enumerated() {
      try line.withUnsafeBytes { try add($0, row, of: rows) }
    }
  }

  /// The tensors of a file: an export of a model by `deepfm`, or `key` and `value`.
  fileprivate mutating func addTensors(
    of tensors: [String: StoredArray], _ field: String
  ) throws {
    if let lines = tensors["vocabulary.bytes"]?.asBytes, let table = tensors["embedding"] {
      return try add(rowsOf: field, lines, table)
    }
    guard let keys = tensors["key"] ?? tensors["keys"],
      let rows = tensors["value"] ?? tensors["values"] ?? tensors["vectors"]
    else {
      throw UserError(
        path, found: "the tensors \(tensors.keys.sorted().prefix(8).joined(separator: ", "))",
        expected: "two tensors, key (whole numbers) and value, or an export of deepfm",
        remedy: "texts go into an .npz: numpy.savez(FILE, key=keys, value=vectors)")
    }
    try add(keys: keys, rows: rows)
  }

  /// The vectors of one field of an exported model, as its lines of field, row and value say.
  private mutating func add(
    rowsOf field: String, _ lines: [UInt8], _ table: StoredArray
  ) throws {
    try checkMatrix(table)
    for line in lines.split(separator: UInt8(ascii: "\n")) {
      guard
        let entry = try? JSONText.decode(
          ExportedValue.self, from: Data(line)),
        0..<table.shape[0] ~= entry.row
      else {
        throw UserError(
          path, found: "a vocabulary that cannot be read", expected: "an export of deepfm",
          remedy: "export the model again")
      }
      guard entry.field == field else { continue }
      var value = entry.value
      try value.withUTF8 { try add(UnsafeRawBufferPointer($0), entry.row, of: table) }
    }
  }

  private mutating func add(keys: StoredArray, rows: StoredArray) throws {
    guard !keys.element.isFraction else {
      throw UserError(
        path, found: "keys with fractions (\(keys.element))", expected: "texts or whole numbers",
        remedy: "save keys.astype(str)")
    }
    try check(keys: keys.count, rows)
    for row in 0..<keys.count {
      var text = keys.text(row) ?? ""
      try text.withUTF8 { try add(UnsafeRawBufferPointer($0), row, of: rows) }
    }
  }

  private mutating func add(
    _ value: UnsafeRawBufferPointer, _ row: Int, of rows: StoredArray
  ) throws {
    let width = width
    try add(value) { rows.floats(row * width..<(row + 1) * width, into: $0) }
  }

  private func check(keys: Int, _ rows: StoredArray) throws {
    try checkMatrix(rows)
    guard keys == rows.shape[0] else {
      throw UserError(
        path, found: "\(keys) keys for \(rows.shape[0]) vectors", expected: "as many of both",
        remedy: "write both from the same table")
    }
  }

  private func checkMatrix(_ rows: StoredArray) throws {
    guard rows.shape.count == 2 else {
      throw UserError(
        path, found: "array \(quoted(rows.name)) of shape \(rows.shape)",
        expected: "a matrix, a vector a row", remedy: "save it as [values, numbers of a vector]")
    }
    switch rows.element {
    case .bytes, .scalars:
      throw UserError(
        path, found: "texts in array \(quoted(rows.name))", expected: "numbers",
        remedy: "save vectors.astype('float32')")
    default: break
    }
    try check(width: rows.shape[1])
  }
}

/// A line of `vocabulary.bytes`.
private struct ExportedValue: Decodable {
  let field: String
  let row: Int
  let value: String
}
