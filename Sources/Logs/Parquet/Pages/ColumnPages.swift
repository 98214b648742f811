import Support

/// Walks the pages of a column in one row group, without unpacking them where that is possible, and hands out the
/// pages that hold some rows.
final class ColumnPages {
  let column: ParquetColumn
  private let file: SeekableBytes
  private let codec: ParquetCodec
  private let groupRows: Int
  /// The next header, and the byte behind the last page.
  private var position: Int
  private let end: Int
  private var dictionary: ParquetDictionary?
  /// Pages that may hold rows still to be handed out.
  private var pages: [ParquetPage] = []
  /// The rows that begin in the pages so far.
  private var covered = 0
  /// How many values the pages so far have, and all of them should.
  private var values = 0
  private let allValues: Int

  /// Headers mostly take less than this; one with long statistics takes more.
  private static let headerSizes = [512, 1 << 16, 1 << 24]

  /// - Throws: ``ParquetProblem``.
  init(_ file: SeekableBytes, _ column: ParquetColumn, _ group: ParquetMetadata.RowGroup) throws {
    (self.file, self.column, groupRows) = (file, column, group.rows)
    let chunk = group.chunks[column.index]
    if chunk.isEncrypted { throw ParquetProblem.encrypted }
    guard chunk.isThere else {
      throw ParquetProblem("a column chunk without metadata", expected: "where its pages are")
    }
    guard chunk.path == nil else {
      throw ParquetProblem(
        "values in another file (\(chunk.path!))", expected: "them in this one",
        remedy: "name the files that hold the rows")
    }
    guard chunk.type == column.type else {
      throw ParquetProblem("a column chunk of another type", expected: "that of the schema")
    }
    guard let codec = ParquetCodec(rawValue: chunk.codec) else {
      throw ParquetProblem(
        "compression \(chunk.codec)", expected: "snappy, gzip, zstd, LZ4, brotli or none",
        remedy: "write the file with another compression")
    }
    self.codec = codec
    allValues = chunk.values
    // A dictionary stands before the first page. Some writers say 0 where there is none.
    position = chunk.firstPage
    if let first = chunk.dictionaryPage, first > 0 { position = min(position, first) }
    guard position >= 4, chunk.size >= 0, chunk.size <= file.count,
      position <= file.count - chunk.size
    else {
      throw ParquetProblem(
        "pages at byte \(position), of \(chunk.size) bytes", expected: "them within the file")
    }
    end = position + chunk.size
    if column.maxRepetition == 0, chunk.values != group.rows {
      throw ParquetProblem("\(chunk.values) values", expected: "\(group.rows), one for each row")
    }
  }

  /// Some pages and how many rows of the first one come before those wanted.
  struct Slice: Sendable {
    let column: ParquetColumn
    let dictionary: ParquetDictionary?
    let pages: [ParquetPage]
    let skipped: Int
  }

  /// The pages with some rows, which follow those asked for before.
  /// - Throws: ``ParquetProblem``.
  func slice(_ rows: Range<Int>) throws -> Slice {
    // The values of a list may go on in the next page: where its last row ends shows where another begins.
    let wanted = min(rows.upperBound + (column.isList ? 1 : 0), groupRows)
    while covered < wanted || (column.isList && rows.upperBound == groupRows && position < end) {
      guard let page = try nextPage() else {
        throw ParquetProblem(
          "\(covered) rows", expected: "\(groupRows), as the row group says")
      }
      pages.append(page)
      covered += page.rows
    }
    let first = pages.lastIndex { $0.firstRow <= rows.lowerBound && $0.rows > 0 } ?? 0
    pages.removeFirst(first)
    let last = pages.lastIndex { $0.firstRow < rows.upperBound } ?? -1
    // One that begins with the rest of a row has that row's first row before it.
    let some = column.isList ? pages : Array(pages[...max(last, 0)])
    return Slice(
      column: column, dictionary: dictionary, pages: some,
      skipped: rows.lowerBound - (pages.first?.firstRow ?? rows.lowerBound))
  }

  /// The next page with values; nil behind the last one.
  private func nextPage() throws -> ParquetPage? {
    while position < end {
      let (header, count) = try nextHeader()
      let start = position + count
      guard header.packedSize <= end - start, header.size <= ParquetCodec.largestPage else {
        throw ParquetProblem(
          "a page of \(header.packedSize) bytes at byte \(position)",
          expected: "it within its column"
        )
      }
      position = start + header.packedSize
      if header.kind == .other { continue }
      let stored = try file.read(start..<position)
      if header.kind == .dictionary {
        guard dictionary == nil, covered == 0 else {
          throw ParquetProblem("a second dictionary", expected: "one before all values")
        }
        dictionary = ParquetDictionary(
          ParquetPage(header, codec, stored, firstRow: 0, rows: 0), of: column)
        continue
      }
      let page = ParquetPage(
        header, codec, stored, firstRow: covered, rows: column.isList ? 0 : header.values)
      values += header.values
      guard values <= allValues else {
        throw ParquetProblem("more than \(allValues) values", expected: "as many as it says")
      }
      return column.isList ? try counted(page) : page
    }
    return nil
  }

  /// A page of lists with the number of rows that begin in it.
  private func counted(_ page: ParquetPage) throws -> ParquetPage {
    var rows = page.header.rows
    if page.header.kind == .first {
      var parts = try PageParts(page, of: column)
      rows = try parts.repetition?.skip(page.values, counting: 0) ?? page.values
    }
    guard 0...(groupRows - covered) ~= rows else {
      throw ParquetProblem("more than \(groupRows) rows", expected: "as many as the row group has")
    }
    return ParquetPage(page, firstRow: covered, rows: rows)
  }

  private func nextHeader() throws -> (PageHeader, count: Int) {
    for (attempt, size) in Self.headerSizes.enumerated() {
      let range = position..<min(position + size, end)
      let isLast = range.upperBound == end || attempt == Self.headerSizes.count - 1
      do {
        return try file.read(range).withBytes { try PageHeader.read($0) }
      } catch let problem as ParquetProblem where !isLast {
        _ = problem
      }
    }
    preconditionFailure("the last attempt throws")
  }
}
