import Data
import Support

/// A shard: some rows of an encoded log in one file, laid out as a batch is, so that they are
/// mapped and not read. Little-endian throughout:
///
/// | bytes | content |
/// |---|---|
/// | 8 | `DFSHARD`, line feed |
/// | 4 | version, ``version`` |
/// | 4 | slots a row |
/// | 8 | rows |
/// | 8 | the file's length |
/// | 8 | hash of the encoder's file: ids mean nothing without it |
/// | 6 × 16 | for each section where it begins (0: it is not there), and its hash |
/// | 8 | hash of all bytes before |
/// | 48 | zeros |
///
/// and then the sections, each from a multiple of 64 bytes on: ids [rows × slots], values
/// [rows × slots], labels, weights, times and groups [rows]; integers and floats of 4 bytes, the last
/// two integers of 8. Hashes are XXH64. Rows stand one after the other and not by column: a shuffled
/// row is then three cache lines in place of one a field.
struct ShardFile {
  static let magic: [UInt8] = Array("DFSHARD\n".utf8)
  static let version: UInt32 = 1
  static let headerSize = 192
  static let alignment = 64
  private static let sectionsOffset = 40
  private static let headerHashOffset = sectionsOffset + 16 * 6

  /// A section's place.
  struct Section {
    let name: String
    /// Where it begins; 0 where there is none.
    var offset: Int
    /// Its length in bytes.
    let count: Int
    var hash: UInt64 = 0
  }

  let rows: Int
  let slots: Int
  /// The hash of the encoder's file.
  let encoder: UInt64
  /// Ids, values, labels, weights, times, groups.
  var sections: [Section] = []
  /// The length of the file.
  private(set) var size = headerSize

  /// Lays the sections out.
  init(rows: Int, slots: Int, _ kind: RowKind, encoder: UInt64) {
    (self.rows, self.slots, self.encoder) = (rows, slots, encoder)
    for (name, bytes, isThere) in [
      ("id", 4 * slots, true), ("value", 4 * slots, kind.isWeighted), ("label", 4, true),
      ("weight", 4, kind.hasWeights), ("time", 8, kind.hasTimes), ("group", 8, kind.hasGroups),
    ] {
      let count = isThere ? rows * bytes : 0
      sections.append(Section(name: name, offset: isThere ? size : 0, count: count))
      size = (size + count + Self.alignment - 1) / Self.alignment * Self.alignment
    }
  }

  /// What rows have beside ids and labels.
  var kind: RowKind {
    RowKind(
      isWeighted: sections[1].offset > 0, hasWeights: sections[3].offset > 0,
      hasTimes: sections[4].offset > 0, hasGroups: sections[5].offset > 0)
  }

  /// The header's bytes.
  var header: [UInt8] {
    var bytes = Self.magic
    func append(_ value: some FixedWidthInteger) {
      withUnsafeBytes(of: value.littleEndian) { bytes += $0 }
    }
    append(Self.version)
    append(UInt32(slots))
    append(UInt64(rows))
    append(UInt64(size))
    append(encoder)
    for section in sections {
      append(UInt64(section.offset))
      append(section.hash)
    }
    append(bytes.withUnsafeBytes { XXH64.hash($0) })
    bytes += [UInt8](repeating: 0, count: Self.headerSize - bytes.count)
    return bytes
  }

  /// Reads a header.
  /// - Throws: ``UserError`` with the path: no shard, another version, damaged, cut short.
  init(reading bytes: UnsafeRawBufferPointer, path: String) throws {
    func number<Value: FixedWidthInteger>(_ type: Value.Type, at offset: Int) -> Value {
      Value(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Value.self))
    }
    guard bytes.count >= Self.headerSize, bytes.prefix(Self.magic.count).elementsEqual(Self.magic)
    else {
      throw UserError(
        path, found: bytes.isEmpty ? "an empty file" : "something else",
        expected: "a shard of an encoded dataset", remedy: Self.remedy)
    }
    let version = number(UInt32.self, at: 8)
    guard version == Self.version else {
      throw UserError(
        path, found: "a shard of version \(version)", expected: "version \(Self.version)",
        remedy: "update deepfm")
    }
    let hash = XXH64.hash(UnsafeRawBufferPointer(rebasing: bytes[..<Self.headerHashOffset]))
    guard number(UInt64.self, at: Self.headerHashOffset) == hash else {
      throw Self.damaged(path, "header")
    }
    let offsets = (0..<6).map { number(UInt64.self, at: Self.sectionsOffset + 16 * $0) }
    let rows = number(UInt64.self, at: 16)
    guard rows <= UInt64(bytes.count) else {
      throw Self.cut(path, bytes.count, number(UInt64.self, at: 24))
    }
    self.init(
      rows: Int(rows), slots: Int(number(UInt32.self, at: 12)),
      RowKind(
        isWeighted: offsets[1] > 0, hasWeights: offsets[3] > 0, hasTimes: offsets[4] > 0,
        hasGroups: offsets[5] > 0), encoder: number(UInt64.self, at: 32))
    guard bytes.count == size else { throw Self.cut(path, bytes.count, UInt64(size)) }
    guard offsets == sections.map({ UInt64($0.offset) }) else { throw Self.damaged(path, "header") }
    for index in sections.indices {
      sections[index].hash = number(UInt64.self, at: Self.sectionsOffset + 16 * index + 8)
    }
  }

  private static let remedy = "copy the folder again, or encode the log again with --rebuild"

  private static func cut(_ path: String, _ found: Int, _ expected: UInt64) -> UserError {
    UserError(path, found: "\(found) bytes", expected: "\(expected)", remedy: remedy)
  }

  /// The error for bytes that do not match their checksum.
  static func damaged(_ path: String, _ section: String) -> UserError {
    UserError(
      path, found: "\(section) bytes that do not match their checksum",
      expected: "an undamaged shard", remedy: remedy)
  }
}
