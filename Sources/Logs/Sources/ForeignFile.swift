import Support

/// A kind of file that is no log, or none that is read, told by its first four bytes.
struct ForeignFile {
  let name: String
  let remedy: String

  /// Nil for bytes that may begin a log.
  init?(_ head: [UInt8]) {
    guard let known = Self.known.first(where: { head.starts(with: $0.bytes) }) else { return nil }
    (name, remedy) = (known.name, known.remedy)
  }

  func error(_ file: String) -> UserError {
    UserError(
      file, found: name, expected: "a log, plain, gzip, zstd, bzip2, xz or zip", remedy: remedy)
  }

  private static let arrowRemedy =
    "write it as Parquet, or as CSV or JSON lines through a pipe; "
    + "in Python train on the table itself"

  private static let known: [(bytes: [UInt8], name: String, remedy: String)] = [
    ([0x04, 0x22, 0x4D, 0x18], "lz4", "unpack it into a pipe: lz4 -dc FILE | deepfm … -"),
    ([0x1F, 0x9D], "compress (.Z)", "unpack it into a pipe: gzip -dc FILE | deepfm … -"),
    ([0x50, 0x4B, 0x05, 0x06], "an empty zip archive", "check how it was written"),
    ([0x37, 0x7A, 0xBC, 0xAF], "7z", "unpack it into a pipe: 7z x -so FILE | deepfm … -"),
    (Array("PAR1".utf8), "Parquet", "write it as CSV or JSON lines, through a pipe if it is large"),
    (Array("ARRO".utf8), "an Arrow file", arrowRemedy),
    // What begins each message of it.
    ([0xFF, 0xFF, 0xFF, 0xFF], "an Arrow stream", arrowRemedy),
    (Array("Obj\u{1}".utf8), "Avro", "write it as CSV or JSON lines"),
  ]
}
