import Support

/// A format that has read the head of a log: makes batches of its blocks, on any number of threads at
/// once.
public struct LogParser: Sendable {
  package let batches: any BatchParser

  package init(_ batches: some BatchParser) { self.batches = batches }

  /// A parser of a format whose records are lines with one value a column.
  ///
  /// - Parameters:
  ///   - columns: their names, each once.
  ///   - hasHeader: whether the log's first line is no record.
  ///   - cells: told of each line without its end; calls its second argument with the bytes of each
  ///     value, one a column and in their order.
  public init(
    columns: [String], hasHeader: Bool,
    cells:
      @escaping @Sendable (UnsafeRawBufferPointer, (Range<Int>) -> Void) throws(RecordProblem)
      -> Void
  ) {
    batches = FlatParser(
      LineGrammar(cells: cells), columns: columns, skipsHeader: hasHeader)
  }
}

/// What is wrong with a record.
public struct RecordProblem: Error {
  /// The byte of the line, counted from 0; nil for all of it.
  public var byte: Int?
  public var found: String
  public var expected: String
  public var remedy: String

  public init(byte: Int? = nil, found: String, expected: String, remedy: String) {
    (self.byte, self.found, self.expected, self.remedy) = (byte, found, expected, remedy)
  }
}

/// Makes batches of a source's blocks.
package protocol BatchParser: NamedColumns {
  /// The part of the first block that is no record.
  var header: RecordCut { get }
  /// An empty batch for ``fill(_:from:_:_:)``.
  func makeBatch() -> RecordBatch
  /// Puts the next records into a batch.
  ///
  /// - Parameters:
  ///   - number: that of the next record.
  ///   - report: gets those that cannot be read.
  /// - Returns: whether there are more.
  func fill(
    _ batch: RecordBatch, from reader: inout RecordReader, _ number: inout Int,
    _ report: inout BlockReport
  ) -> Bool
  /// An error at a column of a record.
  func error(
    at column: Int, of record: RecordBatch.Record, in block: Block, found: String,
    expected: String, remedy: String
  ) -> UserError
}

extension BatchParser {
  /// An error at a cell of a record that is read anew for it.
  func error(
    _ grammar: some RecordGrammar, at cell: Int, of record: RecordBatch.Record, in block: Block,
    found: String, expected: String, remedy: String
  ) -> UserError {
    var reader = RecordReader(block, from: record)
    _ = try? reader.next(grammar)
    return reader.error(grammar, at: cell, found: found, expected: expected, remedy: remedy)
  }

  /// Fills a batch with the records that `take` finds sound.
  @inline(__always)
  func fill(
    _ batch: RecordBatch, from reader: inout RecordReader, by grammar: some RecordGrammar,
    _ number: inout Int, _ report: inout BlockReport,
    _ take: (inout RecordReader) throws -> Void
  ) -> Bool {
    let cells = batch.cells
    var count = 0
    defer { batch.count = count }
    while count < batch.capacity {
      reader.cells = cells + count
      do {
        guard try reader.next(grammar) else { return false }
        try take(&reader)
        batch.records[count] = reader.place(number: number)
        count += 1
      } catch {
        report.rejected.append(
          RejectedRow(number: number, error: error as! UserError, bytes: Array(reader.record)))
      }
      number += 1
    }
    return true
  }
}

/// Batches of a format with one cell a column.
struct FlatParser<Grammar: RecordGrammar>: BatchParser {
  let columns: [String]
  let header: RecordCut
  private let grammar: Grammar
  /// What must hold of a record beside its number of cells.
  private let check: (@Sendable (borrowing RecordReader) throws -> Void)?

  init(
    _ grammar: Grammar, columns: [String], header: RecordCut = RecordCut(),
    check: (@Sendable (borrowing RecordReader) throws -> Void)? = nil
  ) {
    (self.grammar, self.columns, self.header, self.check) = (grammar, columns, header, check)
  }

  func makeBatch() -> RecordBatch { RecordBatch(columns: columns.count) }

  func fill(
    _ batch: RecordBatch, from reader: inout RecordReader, _ number: inout Int,
    _ report: inout BlockReport
  ) -> Bool {
    let (width, check) = (columns.count, check)
    reader.fill(batch, width: width)
    return fill(batch, from: &reader, by: grammar, &number, &report) { reader in
      guard reader.count == width else { throw Self.wrongWidth(reader, width) }
      try check?(reader)
    }
  }

  private static func wrongWidth(_ reader: borrowing RecordReader, _ width: Int) -> UserError {
    // A line of one cell that holds other delimiters is whole, but of another dialect.
    let isPlain = reader.count == 1 && reader.record.first != UInt8(ascii: "\"")
    let other = isPlain ? ColumnNames([reader.text(0)]).foreignDelimiter : nil
    return UserError(
      reader.name, line: reader.line, found: "\(reader.count) columns", expected: "\(width)",
      remedy: other
        ?? (reader.count < width
          ? "complete or delete the line" : "quote a value that holds the delimiter"))
  }

  func error(
    at column: Int, of record: RecordBatch.Record, in block: Block, found: String,
    expected: String, remedy: String
  ) -> UserError {
    error(
      grammar, at: column, of: record, in: block, found: found, expected: expected, remedy: remedy)
  }
}

/// A line cut by a function.
struct LineGrammar: RecordGrammar {
  let cells: @Sendable (UnsafeRawBufferPointer, (Range<Int>) -> Void) throws(RecordProblem) -> Void

  var bounds: RecordBounds { .lines }

  func scan(_ reader: inout RecordReader) throws {
    let first = reader.position
    let newline = reader.bytes.firstIndex(of: UInt8(ascii: "\n"), in: first..<reader.end)
    var end = newline ?? reader.end
    reader.leave(at: end)
    if end > first && reader.bytes[end - 1] == UInt8(ascii: "\r") { end -= 1 }
    guard end > first else { return }
    var ranges: [Range<Int>] = []
    do throws(RecordProblem) {
      try cells(UnsafeRawBufferPointer(start: reader.bytes + first, count: end - first)) {
        ranges.append($0.clamped(to: 0..<end - first))
      }
    } catch {
      throw UserError(
        reader.name, line: reader.line, column: error.byte.map { $0 + 1 }, found: error.found,
        expected: error.expected, remedy: error.remedy)
    }
    for range in ranges { reader.append(first + range.lowerBound, first + range.upperBound) }
  }

  func firstByte(of cell: Int, in reader: borrowing RecordReader) -> Int {
    reader.cells[cell * reader.stride].start - reader.bytes
  }
}

extension FlatParser where Grammar == LineGrammar {
  init(_ grammar: LineGrammar, columns: [String], skipsHeader: Bool) {
    self.init(
      grammar, columns: columns, header: RecordCut(records: skipsHeader ? 1 : 0))
  }
}
