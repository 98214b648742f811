import CZlib
import Features

/// The layout of a model file, little-endian throughout:
///
/// | bytes | content |
/// |---|---|
/// | 8 | `DEEPFM`, 0x1A, line feed |
/// | 4 | version, ``version`` |
/// | 4 | h, the header's length |
/// | 8 | the file's length |
/// | h | header: JSON with sorted keys, padded with spaces to a multiple of 8 |
/// | … | tensors: 4-byte floats, where the header says |
/// | 4 | CRC-32 of all bytes before |
enum ModelFile {
  static let magic: [UInt8] = Array("DEEPFM".utf8) + [0x1A, 0x0A]
  static let version: UInt32 = 1
  static let preambleSize = 24
  static let checksumSize = 4

  /// A tensor's place.
  struct Entry: Codable {
    /// The parameter's name.
    var name: String
    var rows: Int
    var columns: Int
    /// How many tensors of this size follow each other: the values, then the optimizer's numbers.
    var parts: Int
    /// How many arrays of the optimizer with one number a row follow these; nil for none.
    var rowParts: Int?
    /// Where the first number is, in floats from the end of the header.
    var offset: Int

    enum CodingKeys: String, CodingKey {
      case name, rows, columns, parts, offset
      case rowParts = "row_parts"
    }

    /// The number of floats in all parts; nil where it exceeds what can be counted.
    var count: Int? {
      let (size, overflow) = rows.multipliedReportingOverflow(by: columns)
      let (count, overflows) = size.multipliedReportingOverflow(by: parts)
      let (more, flows) = rows.multipliedReportingOverflow(by: rowParts ?? 0)
      guard !overflow, !overflows, !flows, rows >= 0, columns >= 0, parts >= 1, more >= 0 else {
        return nil
      }
      let (all, isTooLarge) = count.addingReportingOverflow(more)
      return isTooLarge ? nil : all
    }
  }

  /// The first bytes of a file.
  static func preamble(headerSize: Int, fileSize: Int) -> [UInt8] {
    magic + bytes(version) + bytes(UInt32(headerSize)) + bytes(UInt64(fileSize))
  }

  /// A number's bytes, the least significant first.
  static func bytes(_ value: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
  }

  /// A number read from its bytes.
  static func number<Value: FixedWidthInteger>(
    _ type: Value.Type, at offset: Int, of bytes: UnsafeRawBufferPointer
  ) -> Value {
    Value(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Value.self))
  }
}

/// A CRC-32 that grows with the bytes it is given.
struct Checksum {
  private(set) var value: UInt32 = 0

  mutating func add(_ bytes: UnsafeRawBufferPointer) {
    // zlib counts in 32 bits.
    var left = bytes
    while !left.isEmpty {
      let part = left.prefix(1 << 30)
      value = UInt32(
        crc32(
          UInt(value), part.withMemoryRebound(to: UInt8.self, \.baseAddress), UInt32(part.count)))
      left = UnsafeRawBufferPointer(rebasing: left.dropFirst(part.count))
    }
  }
}
