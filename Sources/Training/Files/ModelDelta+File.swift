import Features
import Foundation
import Support

extension ModelDelta {
  /// Writes the delta into one file, as a whole.
  ///
  /// - Throws: `UserError` where the file cannot be written.
  package func write(to path: String) throws {
    let coder = JSONEncoder()
    coder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    var text = [UInt8](try coder.encode(header))
    while text.count % 8 != 0 { text.append(UInt8(ascii: " ")) }
    let count = header.tensors.reduce(0) { $0 + ($1.count ?? 0) }
    let size = ModelFile.preambleSize + text.count + 4 * count + ModelFile.checksumSize
    let preamble =
      Self.magic + ModelFile.bytes(Self.version) + ModelFile.bytes(UInt32(text.count))
      + ModelFile.bytes(UInt64(size))
    try AtomicFile.write(to: path) { file in
      var checksum = Checksum()
      func append(_ bytes: UnsafeRawBufferPointer) throws {
        checksum.add(bytes)
        try file.append(bytes)
      }
      try preamble.withUnsafeBytes(append)
      try text.withUnsafeBytes(append)
      for (rows, parts) in zip(rows, numbers) {
        try rows.withUnsafeBytes(append)
        for part in parts { try part.withUnsafeBytes(append) }
      }
      try ModelFile.bytes(checksum.value).withUnsafeBytes(file.append)
    }
  }

  /// Reads a delta.
  ///
  /// - Throws: `UserError` with the file's name: it cannot be read, is none, is of a newer version, cut short or
  ///   damaged.
  package init(contentsOf path: String) throws {
    let data: Data
    do {
      data = try Data(contentsOf: URL(fileURLWithPath: path), options: .mappedIfSafe)
    } catch {
      throw UserError(
        path, found: "no readable file", expected: "a delta of models", remedy: "check the path")
    }
    self = try data.withUnsafeBytes { try Self.read($0, path) }
  }

  private static func read(_ bytes: UnsafeRawBufferPointer, _ path: String) throws -> ModelDelta {
    func refusal(_ found: String, _ remedy: String) -> UserError {
      UserError(path, found: found, expected: "a delta of models", remedy: remedy)
    }
    guard bytes.count >= ModelFile.preambleSize + ModelFile.checksumSize,
      bytes.prefix(magic.count).elementsEqual(magic)
    else { throw refusal("something else", "name a file of deepfm delta make") }
    let version = ModelFile.number(UInt32.self, at: 8, of: bytes)
    guard version == Self.version else {
      throw refusal("a delta of version \(version)", "update deepfm")
    }
    let headerEnd = ModelFile.preambleSize + Int(ModelFile.number(UInt32.self, at: 12, of: bytes))
    let end = bytes.count - ModelFile.checksumSize
    var checksum = Checksum()
    checksum.add(UnsafeRawBufferPointer(rebasing: bytes[..<end]))
    guard ModelFile.number(UInt64.self, at: 16, of: bytes) == UInt64(bytes.count),
      headerEnd <= end, checksum.value == ModelFile.number(UInt32.self, at: end, of: bytes)
    else { throw refusal("bytes that do not match their checksum", "copy it again") }
    let text = Data(bytes[ModelFile.preambleSize..<headerEnd])
    guard let header = try? JSONDecoder().decode(Header.self, from: text) else {
      throw refusal("a header that cannot be read", "make it again, by the same version of deepfm")
    }
    var place = headerEnd
    func take<Number>(_ count: Int, _ zero: Number) throws -> [Number] {
      guard count <= (end - place) / 4 else {
        throw refusal("fewer numbers than its header says", "copy it again")
      }
      let part = UnsafeRawBufferPointer(rebasing: bytes[place..<place + 4 * count])
      place += 4 * count
      return [Number](unsafeUninitializedCapacity: count) { target, initialized in
        UnsafeMutableRawBufferPointer(target).copyMemory(from: part)
        initialized = count
      }
    }
    var (rows, numbers): ([[Int32]], [[[Float]]]) = ([], [])
    for change in header.tensors {
      guard change.count != nil else {
        throw refusal("counts beyond reason", "make it again, by the same version of deepfm")
      }
      rows.append(try take(change.changed, Int32(0)))
      numbers.append(
        try (0..<change.parts + change.rowParts).map { part in
          try take(change.changed * (part < change.parts ? change.columns : 1), Float(0))
        })
    }
    return ModelDelta(header: header, rows: rows, numbers: numbers)
  }
}
