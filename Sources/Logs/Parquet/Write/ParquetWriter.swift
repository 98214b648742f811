import Support

/// Writes a table of texts and numbers as Parquet: flat columns that may miss values, PLAIN, one page a column and
/// row group, packed by zstd. What it is given in pieces it writes by row groups, so that memory does not grow with
/// the rows.
package final class ParquetWriter {
  /// What a column holds.
  package enum Kind: Sendable, Hashable {
    case text
    /// Whole numbers of 64 bits, real ones of 64 and of 32.
    case whole, real, float
  }

  package struct Column: Sendable {
    package var name: String
    package var kind: Kind

    package init(_ name: String, _ kind: Kind = .text) { (self.name, self.kind) = (name, kind) }
  }

  /// A row group ends behind so many rows, or so many bytes.
  private static let most = (rows: 1 << 17, bytes: 16 << 20)

  private let columns: [Column]
  private let creator: String
  private let write: (UnsafeRawBufferPointer) throws -> Void
  private var offset = 0
  private var groups: [Group] = []
  // The row group under way.
  private var values: [[UInt8]]
  private var isThere: [[Bool]]
  private var rows = 0

  private struct Group {
    var rows: Int
    var chunks: [(start: Int, size: Int, unpacked: Int)]
  }

  /// - Parameters:
  ///   - creator: the program's name and version.
  ///   - write: takes the file's bytes in their order.
  package init(
    _ columns: [Column], creator: String, _ write: @escaping (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    (self.columns, self.creator, self.write) = (columns, creator, write)
    values = columns.map { _ in [] }
    isThere = columns.map { _ in [] }
    try put(ByteStream.parquet)
  }

  private func put(_ bytes: [UInt8]) throws {
    try bytes.withUnsafeBytes(write)
    offset += bytes.count
  }

  /// The next row's text of a column, or the number that it says; missing where it is empty.
  ///
  /// - Throws: ``UserError`` for a text that is no number of the column's kind.
  package func append(_ text: UnsafeRawBufferPointer, to column: Int) throws {
    isThere[column].append(!text.isEmpty)
    guard !text.isEmpty else { return }
    switch columns[column].kind {
    case .text:
      append(UInt32(text.count), to: column)
      values[column].append(contentsOf: text)
    case .whole: try append(number(text, column) { Int64($0) }, to: column)
    case .real: try append(number(text, column) { Double($0)?.bitPattern }, to: column)
    case .float: try append(number(text, column) { Float($0)?.bitPattern }, to: column)
    }
  }

  private func number<Number>(
    _ text: UnsafeRawBufferPointer, _ column: Int, _ read: (String) -> Number?
  ) throws -> Number {
    let text = String(decoding: text, as: UTF8.self)
    guard let number = read(text) else {
      throw UserError(
        "column \(quoted(columns[column].name))", found: quoted(text), expected: "a number",
        remedy: "see whether the log has changed meanwhile, or write CSV")
    }
    return number
  }

  /// The next row's number of a column.
  package func append(_ number: Float?, to column: Int) {
    isThere[column].append(number != nil)
    if let number { append(number.bitPattern, to: column) }
  }

  private func append(_ word: some FixedWidthInteger, to column: Int) {
    withUnsafeBytes(of: word.littleEndian) { values[column].append(contentsOf: $0) }
  }

  /// Ends a row, of which every column has been given its value.
  package func endRow() throws {
    rows += 1
    let isFull =
      rows == Self.most.rows || rows % 1024 == 0 && values.contains { $0.count > Self.most.bytes }
    if isFull { try endGroup() }
  }

  private func endGroup() throws {
    guard rows > 0 else { return }
    var group = Group(rows: rows, chunks: [])
    for column in columns.indices {
      let page = levels(isThere[column]) + values[column]
      let packed = page.withUnsafeBytes { Compression.zstd.pack($0) }
      var header = ThriftWriter()
      header.structure { header in
        header.int32(1, 0)
        header.int32(2, page.count)
        header.int32(3, packed.count)
        header.structure(5) { first in
          first.int32(1, rows)
          for id in 2...4 { first.int32(id, id == 2 ? 0 : 3) }
        }
      }
      let start = offset
      try put(header.bytes)
      try put(packed)
      group.chunks.append((start, offset - start, header.bytes.count + page.count))
      values[column].removeAll(keepingCapacity: true)
      isThere[column].removeAll(keepingCapacity: true)
    }
    groups.append(group)
    rows = 0
  }

  /// Which values are there: one run where all are, otherwise a bit each.
  private func levels(_ isThere: [Bool]) -> [UInt8] {
    var runs = ThriftWriter()
    var bits: [UInt8] = []
    if isThere.allSatisfy(\.self) {
      runs.varint(UInt64(isThere.count) << 1)
      bits = [1]
    } else {
      runs.varint(UInt64((isThere.count + 7) / 8) << 1 | 1)
      bits = [UInt8](repeating: 0, count: (isThere.count + 7) / 8)
      for (row, isThere) in isThere.enumerated() where isThere {
        bits[row / 8] |= 1 << UInt8(row % 8)
      }
    }
    let levels = runs.bytes + bits
    return withUnsafeBytes(of: UInt32(levels.count).littleEndian) { Array($0) } + levels
  }

  /// Writes what is left, and the footer.
  package func finish() throws {
    try endGroup()
    let footer = footer()
    try put(footer)
    try put(withUnsafeBytes(of: UInt32(footer.count).littleEndian) { Array($0) })
    try put(ByteStream.parquet)
  }

  private func footer() -> [UInt8] {
    var writer = ThriftWriter()
    writer.structure { file in
      file.int32(1, 1)
      let root: [Column?] = [nil]
      file.structures(2, root + columns) { element, column in
        guard let column else {
          element.string(4, "schema")
          element.int32(5, self.columns.count)
          return
        }
        element.int32(1, self.type(of: column).rawValue)
        element.int32(3, 1)
        element.string(4, column.name)
        if column.kind == .text {
          element.int32(6, 0)
          element.structure(10) { $0.structure(1) { _ in } }
        }
      }
      file.int64(3, groups.reduce(0) { $0 + $1.rows })
      file.structures(4, groups) { element, group in
        element.structures(1, Array(zip(self.columns, group.chunks))) { chunk, pair in
          chunk.int64(2, 0)
          chunk.structure(3) { self.describe(pair.0, pair.1, group.rows, &$0) }
        }
        element.int64(2, group.chunks.reduce(0) { $0 + $1.unpacked })
        element.int64(3, group.rows)
      }
      file.string(6, creator)
    }
    return writer.bytes
  }

  private func type(of column: Column) -> ParquetMetadata.PhysicalType {
    switch column.kind {
    case .text: .byteArray
    case .whole: .int64
    case .real: .double
    case .float: .float
    }
  }

  private func describe(
    _ column: Column, _ chunk: (start: Int, size: Int, unpacked: Int), _ rows: Int,
    _ writer: inout ThriftWriter
  ) {
    writer.int32(1, type(of: column).rawValue)
    writer.numbers(2, [0, 3])
    writer.strings(3, [column.name])
    writer.int32(4, ParquetCodec.zstd.rawValue)
    writer.int64(5, rows)
    writer.int64(6, chunk.unpacked)
    writer.int64(7, chunk.size)
    writer.int64(9, chunk.start)
  }
}
