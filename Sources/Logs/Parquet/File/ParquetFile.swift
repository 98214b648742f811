import Support

extension LogSource {
  /// Whether it has columns but no rows: a Parquet file as writers in parallel leave some, or columns in memory.
  package func hasNoRows() throws -> Bool {
    if let columns { return columns.rows == 0 }
    return try isParquet() && ParquetFile(self).rows == 0
  }
}

/// An open Parquet file: what its footer says.
final class ParquetFile: Sendable {
  /// What a file ends with, as it begins.
  private static let magic = ByteStream.parquet
  /// What ends a file whose footer is encrypted.
  private static let encryptedMagic = Array("PARE".utf8)

  let bytes: SeekableBytes
  let metadata: ParquetMetadata
  let columns: [ParquetColumn]
  var name: String { bytes.name }
  var rows: Int { metadata.rowGroups.reduce(0) { $0 + $1.rows } }

  /// - Throws: ``UserError`` for a source that cannot be read at any place, or is damaged.
  init(_ source: LogSource) throws {
    let bytes = try SeekableBytes(source)
    self.bytes = bytes
    (metadata, columns) = try placing(bytes.name) { try Self.footer(of: bytes) }
    try placing(bytes.name) { try checkRowGroups() }
  }

  private static func footer(of bytes: SeekableBytes) throws -> (ParquetMetadata, [ParquetColumn]) {
    guard bytes.count >= 12 else {
      throw ParquetProblem("\(bytes.count) bytes", expected: "a Parquet file with its footer")
    }
    let (size, ending) = try bytes.read(bytes.count - 8..<bytes.count).withBytes {
      (Int(UInt32(littleEndian: $0.loadUnaligned(as: UInt32.self))), Array($0[4...]))
    }
    if ending == encryptedMagic { throw ParquetProblem.encrypted }
    guard ending == magic else {
      throw ParquetProblem(
        "no PAR1 at the end of a Parquet file", expected: "it behind the footer",
        remedy: "the file is cut short: write or copy it again")
    }
    guard size <= bytes.count - 12 else {
      throw ParquetProblem("a footer of \(size) bytes", expected: "less than the file has")
    }
    let footer = try bytes.read(bytes.count - 8 - size..<bytes.count - 8)
    let metadata = try footer.withBytes { try ParquetMetadata($0) }
    return (metadata, try metadata.columns())
  }

  /// More than a file can hold, and few enough to be counted on from.
  private static let mostRows = 1 << 56

  private func checkRowGroups() throws {
    var total = 0
    for (number, group) in metadata.rowGroups.enumerated() {
      let (sum, overflow) = total.addingReportingOverflow(group.rows)
      guard group.rows >= 0, !overflow, sum < Self.mostRows, group.chunks.count == columns.count
      else {
        throw ParquetProblem(
          "\(group.rows) rows and \(group.chunks.count) columns in row group \(number)",
          expected: "rows of \(columns.count) columns")
      }
      total = sum
    }
  }
}

extension ParquetProblem {
  static let encrypted = ParquetProblem(
    "an encrypted Parquet file", expected: "one that is not",
    remedy: "write it without encryption")
}
