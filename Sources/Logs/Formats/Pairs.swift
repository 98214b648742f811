import Support

/// A label and pairs: libsvm's `label id:value …`, where the range of an id says its field, or libffm's
/// `label field:id:value …`.
struct Pairs: RecordFormat {
  static let libsvm = Pairs(
    name: "libsvm", endings: ["libsvm", "svm", "svmlight", "libfm"], naming: .ids)
  static let libffm = Pairs(name: "libffm", endings: ["libffm", "ffm"], naming: .fieldNumbers)

  let name: String
  let endings: [String]
  let naming: ColumnNaming

  var bounds: RecordBounds { .commentedLines }

  func recognizes(_ firstLine: String) -> Bool {
    let cells = firstLine.prefix { $0 != "#" }.split { $0 == " " || $0 == "\t" }
    guard cells.count > 1, cells.dropFirst().allSatisfy({ $0.contains(":") }),
      Array(cells[0].utf8).withUnsafeBytes(parseNumber) != nil
    else { return false }
    let colons = cells[1].count { $0 == ":" }
    return (colons == 2) == (naming == .fieldNumbers)
  }

  func open(_ log: LogHead, _ request: ColumnRequest) throws -> LogParser {
    LogParser(try PairParser(request, naming))
  }
}

/// Batches of pairs: the label, and a list for each field.
struct PairParser: BatchParser {
  let columns: [String]
  let header = RecordCut()
  private let fields: [ColumnRequest.Field]
  private let owners: Owners
  private let isLabelOptional: Bool
  /// Whether the fields' ranges share all ids among them, as those do that were told by the positions of
  /// ids in a line.
  private let isPositional: Bool
  /// Whether the group of a line is that of its `qid:3`, a column behind the fields.
  private let hasQueries: Bool
  private let grammar = PairText()

  /// How the field of an id is found.
  private enum Owners: Sendable {
    /// The fields' ranges of ids, ascending, and whose they are; and ids that are passed over
    /// whosever they are.
    case ranges([(ids: ClosedRange<Int32>, field: Int)], except: [ClosedRange<Int32>])
    /// The fields by their numbers; pairs of other ones are passed over.
    case numbers([Int32: Int])
  }

  /// - Throws: ``UserError`` for a field without ids, or without a number.
  init(_ request: ColumnRequest, _ naming: ColumnNaming) throws {
    fields = request.fields
    hasQueries = request.group == Self.queries && !fields.contains { $0.name == Self.queries }
    columns = ["label"] + fields.map(\.name) + (hasQueries ? [Self.queries] : [])
    isLabelOptional = request.isLabelOptional
    owners =
      naming == .fieldNumbers
      ? try Self.numbers(request) : try Self.ranges(request)
    isPositional = Self.isPositional(owners, request.fields)
    if let group = request.group, !hasQueries {
      _ = try ColumnNames(request.fields.map(\.name)).index(of: group, in: "schema")
    }
  }

  var label: Int? { 0 }

  /// The name of the column of queries.
  static let queries = "qid"

  private static func ranges(_ request: ColumnRequest) throws -> Owners {
    .ranges(
      try request.fields.enumerated().map { index, field in
        guard let ids = field.ids else {
          throw UserError(
            "schema", found: "field \(quoted(field.name)) without ids",
            expected: "the range of its ids for libsvm", remedy: "add ids: first-last")
        }
        return (ids, index)
      }
      .sorted { $0.ids.lowerBound < $1.ids.lowerBound }, except: request.ignoredIDs)
  }

  private static func isPositional(_ owners: Owners, _ fields: [ColumnRequest.Field]) -> Bool {
    guard case .ranges(let ranges, _) = owners, fields.count > 1 else { return false }
    let meet = zip(ranges, ranges.dropFirst()).allSatisfy {
      $1.ids.lowerBound > 0 && $0.ids.upperBound == $1.ids.lowerBound - 1
    }
    return meet && ranges[0].ids.lowerBound == 0 && ranges.last!.ids.upperBound == .max
      && !fields.contains { $0.isList }
  }

  private static func numbers(_ request: ColumnRequest) throws -> Owners {
    var numbers: [Int32: Int] = [:]
    for (index, field) in request.fields.enumerated() {
      guard let number = Int32(field.column), number >= 0 else {
        throw UserError(
          "schema", found: "column \(quoted(field.column)) of field \(quoted(field.name))",
          expected: "the field's number in libffm", remedy: "write it as column: 0, for instance")
      }
      numbers[number] = index
    }
    return .numbers(numbers)
  }

  func makeBatch() -> RecordBatch {
    RecordBatch(
      columns: 1,
      lists: fields.map { ListColumn(ofNumbers: $0.isNumeric) }
        + (hasQueries ? [ListColumn(ofNumbers: false)] : []))
  }

  func fill(
    _ batch: RecordBatch, from reader: inout RecordReader, _ number: inout Int,
    _ report: inout BlockReport
  ) -> Bool {
    for list in batch.lists { list.removeAll() }
    var count = 0
    defer { batch.count = count }
    while count < batch.capacity {
      do {
        guard try reader.next(grammar) else { return false }
        do {
          batch.cells[count] = try label(of: reader)
          try readPairs(of: reader, into: batch.lists)
        } catch {
          for list in batch.lists { list.endRecord(keeping: false) }
          throw error
        }
        for list in batch.lists { list.endRecord(keeping: true) }
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

  /// The label; an empty cell where there is none.
  private func label(of reader: borrowing RecordReader) throws -> Cell {
    let first = reader[0]
    let start = first.baseAddress!.assumingMemoryBound(to: UInt8.self)
    if PairText.lacksLabel(first) {
      guard isLabelOptional else {
        throw reader.error(
          grammar, at: 0, found: quoted(reader.text(0)),
          expected: "a label 0 or 1 before the pairs",
          remedy: "write label id:value …")
      }
      return Cell(start: start, count: 0)
    }
    return Cell(start: start, count: first.count)
  }

  private func readPairs(of reader: borrowing RecordReader, into lists: [ListColumn]) throws {
    for cell in (PairText.lacksLabel(reader[0]) ? 0 : 1)..<reader.count {
      if let query = PairText.query(reader[cell]) {
        append(query, lists)
        continue
      }
      do throws(RecordProblem) {
        let (number, pair) = try Pair.read(reader[cell], withField: isNumbered)
        guard let field = try owner(of: pair, number) else { continue }
        if isPositional && lists[field].isFilled, let pairs = pairsByPosition(of: reader) {
          for list in lists { list.endRecord(keeping: false) }
          for cell in 0..<reader.count {
            if let query = PairText.query(reader[cell]) { append(query, lists) }
          }
          for (field, pair) in pairs {
            try check(pair, fields[field], isFirst: true)
            append(pair, to: field, lists)
          }
          return
        }
        try check(pair, fields[field], isFirst: !lists[field].isFilled)
        append(pair, to: field, lists)
      } catch {
        throw reader.error(
          grammar, at: cell, found: error.found, expected: error.expected, remedy: error.remedy)
      }
    }
  }

  private func append(_ pair: Pair, to field: Int, _ lists: [ListColumn]) {
    let start = pair.key.baseAddress!.assumingMemoryBound(to: UInt8.self)
    lists[field].append(Cell(start: start, count: pair.key.count), pair.value)
  }

  private func append(_ query: UnsafeRawBufferPointer, _ lists: [ListColumn]) {
    guard hasQueries else { return }
    let start = query.baseAddress!.assumingMemoryBound(to: UInt8.self)
    lists[fields.count].append(Cell(start: start, count: query.count), 1)
  }

  /// The pairs of a line with the fields of their positions, where it has ascending ids, one for each
  /// position; nil for any other line. An id that training has not seen may lie nearer to those of the
  /// field before its own.
  private func pairsByPosition(of reader: borrowing RecordReader) -> [(field: Int, Pair)]? {
    guard case .ranges(let ranges, let ignored) = owners else { return nil }
    var pairs: [Pair] = []
    for cell in (PairText.lacksLabel(reader[0]) ? 0 : 1)..<reader.count {
      if PairText.query(reader[cell]) != nil { continue }
      guard let pair = try? Pair.read(reader[cell], withField: false).1 else { return nil }
      if ignored.contains(where: { $0.contains(pair.id) }) { continue }
      if let last = pairs.last, pair.id <= last.id { return nil }
      pairs.append(pair)
    }
    guard pairs.count == ranges.count else { return nil }
    return Array(zip(ranges.map(\.field), pairs))
  }

  private var isNumbered: Bool { if case .numbers = owners { true } else { false } }

  /// The field of a pair; nil where it is passed over.
  private func owner(of pair: Pair, _ number: Int32) throws(RecordProblem) -> Int? {
    switch owners {
    case .numbers(let numbers): return numbers[number]
    case .ranges(let ranges, let ignored):
      if ignored.contains(where: { $0.contains(pair.id) }) { return nil }
      // The last range that starts at or below the id.
      let next = ranges.partitioningIndex { $0.ids.lowerBound > pair.id }
      if next > 0, pair.id <= ranges[next - 1].ids.upperBound { return ranges[next - 1].field }
      throw RecordProblem(
        found: "id \(pair.id)",
        expected: "an id of a field ("
          + "\(listed(ranges.map { "\($0.ids.lowerBound)-\($0.ids.upperBound)" })))",
        remedy: "correct it, or give it to a field")
    }
  }

  private func check(
    _ pair: Pair, _ field: ColumnRequest.Field, isFirst: Bool
  ) throws(RecordProblem) {
    if !isFirst && !field.isList {
      throw RecordProblem(
        found: "a second id of field \(quoted(field.name))", expected: "one",
        remedy: "delete it, or make the field multivalued")
    }
    if !field.isNumeric && !field.isWeighted && pair.value != 1 {
      throw RecordProblem(
        found: "value \(pair.value) in field \(quoted(field.name))", expected: "1",
        remedy: "set weighted: true for the field if its values count")
    }
  }

  func error(
    at column: Int, of record: RecordBatch.Record, in block: Block, found: String,
    expected: String, remedy: String
  ) -> UserError {
    error(
      grammar, at: column, of: record, in: block, found: found, expected: expected, remedy: remedy)
  }
}
