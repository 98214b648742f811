import Support

/// A whole source, record by record, for tables and for a first look at logs; a pass over a log goes
/// through batches.
package struct Table<Grammar: RecordGrammar>: ~Copyable {
  private let grammar: Grammar
  private var reader: RecordReader

  /// - Throws: ``UserError`` if the source cannot be opened.
  package init(_ source: LogSource, _ grammar: Grammar) throws {
    self.grammar = grammar
    reader = try RecordReader(source, grammar.bounds)
  }

  package var name: String { reader.name }
  /// The number of cells of the current record, its first line, and its bytes.
  package var count: Int { reader.count }
  package var line: Int { reader.line }
  package var record: UnsafeRawBufferPointer { reader.record }

  /// Moves on to the next record; false at the end.
  /// - Throws: ``UserError`` for one that cannot be cut; the next call then goes on behind it.
  package mutating func next() throws -> Bool { try reader.next(grammar) }

  /// Reads the header.
  /// - Throws: ``UserError`` for an empty file, a name that is empty or stands twice.
  package mutating func header() throws -> ColumnNames {
    try ColumnNames(header: &reader, grammar)
  }

  /// Moves on to the next record that can be cut; false at the end.
  /// - Throws: ``UserError`` for unreadable input.
  package mutating func nextSound() throws -> Bool { try reader.nextSound(grammar) }

  /// ``nextSound()`` that keeps what is wrong with the first record that cannot be cut.
  package mutating func nextSound(_ bad: inout UserError?) throws -> Bool {
    while true {
      do {
        return try next()
      } catch let error as UserError where !reader.sourceFails {
        bad = bad ?? error
      }
    }
  }

  /// The bytes of a cell of the current record.
  package subscript(_ index: Int) -> UnsafeRawBufferPointer { reader[index] }

  /// A cell of the current record as text.
  package func text(_ index: Int) -> String { reader.text(index) }

  /// An error at a cell of the current record, or at the whole record.
  package func error(
    at cell: Int? = nil, found: String, expected: String, remedy: String
  ) -> UserError {
    reader.error(grammar, at: cell, found: found, expected: expected, remedy: remedy)
  }
}
