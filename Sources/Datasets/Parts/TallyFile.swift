import Features
import Foundation
import Support

/// What a part of a log has counted, in a file: all that an encoder is made of, to be added up with those of the
/// other parts in any order.
///
/// | bytes | content |
/// |---|---|
/// | 8 | `DEEPFMC`, line feed |
/// | 4 | version, little-endian |
/// | 4 | h, the header's length |
/// | h | header, JSON: schema, notes, and of each field what adds up |
/// | … | of each vocabulary its values in the order of their bytes: length + 1, the bytes, their count; 0 at its end |
/// | 8 | XXH64 of all bytes before |
///
/// Lengths and counts of values have seven bits a byte, the lowest first.
struct TallyFile {
  static let magic = Array("DEEPFMC\n".utf8)
  static let version: UInt32 = 1

  struct Header: Codable {
    /// The schema without gaps.
    var schema: Schema
    /// What was assumed to fill them.
    var notes: [String]
    /// The training rows that were counted.
    var rows: Int
    var fields: [FieldSums]
    /// Which vocabularies have too many values.
    var over: [Bool]
  }

  let path: String
  let header: Header
  private let file: MappedFile
  private let start: Int

  /// Writes what a pass has counted; forgets its counts.
  static func write(_ pass: FitPass, notes: [String], rows: Int, to path: String) throws {
    pass.endPass()
    let counter = pass.counter
    let header = Header(
      schema: pass.schema, notes: notes, rows: rows, fields: pass.fieldSums,
      over: (0..<counter.vocabularies).map(counter.isOver))
    let coder = JSONEncoder()
    coder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let json = [UInt8](try coder.encode(header))
    try AtomicFile.write(to: path) { file in
      var hash = XXH64()
      var buffer = magic
      func flush() throws {
        try buffer.withUnsafeBytes {
          hash.add($0)
          try file.append($0)
        }
        buffer.removeAll(keepingCapacity: true)
      }
      for number in [version, UInt32(json.count)] { buffer += bytes(number) }
      buffer += json
      for vocabulary in 0..<counter.vocabularies {
        try counter.drain(vocabulary) { value, count in
          append(value.count + 1, to: &buffer)
          buffer.append(contentsOf: value)
          append(count, to: &buffer)
          if buffer.count > 1 << 16 { try flush() }
        }
        append(0, to: &buffer)
      }
      try flush()
      try bytes(hash.value).withUnsafeBytes(file.append)
    }
  }

  /// - Throws: `UserError` for a file that is none, or damaged.
  init(_ path: String) throws {
    self.path = path
    file = try MappedFile(path, expected: "what deepfm encode count wrote")
    func refuse(_ found: String, _ remedy: String) -> UserError {
      UserError(path, found: found, expected: "what deepfm encode count wrote", remedy: remedy)
    }
    (header, start) = try file.withBytes { bytes in
      guard bytes.count >= 24, bytes.prefix(8).elementsEqual(Self.magic) else {
        throw refuse("something else", "name the files that were written with --out")
      }
      func number<Value: FixedWidthInteger>(_ at: Int, _ type: Value.Type) -> Value {
        Value(littleEndian: bytes.loadUnaligned(fromByteOffset: at, as: type))
      }
      guard number(8, UInt32.self) == Self.version else {
        throw refuse("version \(number(8, UInt32.self))", "use one version of deepfm for all parts")
      }
      let (size, end) = (Int(number(12, UInt32.self)), bytes.count - 8)
      guard 16 + size <= end,
        XXH64.hash(UnsafeRawBufferPointer(rebasing: bytes[..<end])) == number(end, UInt64.self),
        let header = try? JSONDecoder().decode(Header.self, from: Data(bytes[16..<16 + size]))
      else { throw refuse("bytes that do not match their checksum", "count the part again") }
      return (header, 16 + size)
    }
  }

  /// Adds its counts to those of a pass of the same schema.
  ///
  /// - Throws: `UserError` for a file that does not fit its own header, and for a disk that is full.
  func add(to pass: FitPass) throws {
    let misfit = UserError(
      path, found: "counts that do not fit its schema", expected: "what deepfm encode count wrote",
      remedy: "count the part again")
    let counter = pass.counter
    guard pass.merge(header.fields), header.over.count == counter.vocabularies else { throw misfit }
    try file.withBytes { bytes in
      var position = start
      func number() throws -> Int {
        var (number, shift) = (0, 0)
        while position < bytes.count - 8, shift < 63 {
          let byte = bytes[position]
          position += 1
          number |= Int(byte & 127) << shift
          if byte < 128 { return number }
          shift += 7
        }
        throw misfit
      }
      for vocabulary in 0..<counter.vocabularies {
        if header.over[vocabulary] { counter.setOver(vocabulary) }
        while true {
          let length = try number() - 1
          if length < 0 { break }
          guard length <= bytes.count - 8 - position else { throw misfit }
          let value = UnsafeRawBufferPointer(rebasing: bytes[position..<position + length])
          position += length
          counter.add(try number(), of: value, to: vocabulary)
        }
        try counter.check()
      }
    }
  }
}

private func bytes(_ value: some FixedWidthInteger) -> [UInt8] {
  withUnsafeBytes(of: value.littleEndian) { Array($0) }
}

/// Seven bits a byte, the lowest first.
private func append(_ number: Int, to bytes: inout [UInt8]) {
  var rest = number
  while rest > 127 {
    bytes.append(UInt8(truncatingIfNeeded: rest) | 128)
    rest >>= 7
  }
  bytes.append(UInt8(truncatingIfNeeded: rest))
}
