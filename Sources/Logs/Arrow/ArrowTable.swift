import CArrow
import Support

/// Columns in memory that came through the Arrow C stream interface, from whatever program or library, and stay
/// where that has them.
///
/// The columns of several streams stand side by side, as features in one table and clicks in another.
package final class ArrowColumns: Sendable {
  let columns: [ArrowColumn]
  package let rows: Int

  /// The columns' names.
  package var names: [String] { columns.map(\.name) }

  /// Of each column whether its type says that it is a measure: a real number or a decimal. Whole numbers are as
  /// often names of things.
  package var areMeasures: [Bool] {
    columns.map { column in
      switch column.field.layout {
      case .reals, .wide: column.field.dictionary.isEmpty
      default: false
      }
    }
  }

  /// Reads streams to their end.
  ///
  /// - Parameters:
  ///   - streams: of structures with as many rows each; they are released, whatever happens.
  ///   - name: what errors call the columns.
  /// - Throws: ``UserError`` for a stream that fails, in its own words, for a type that no log has, and for columns
  ///   of different lengths or of one name.
  package init(_ streams: [UnsafeMutablePointer<ArrowArrayStream>], name: String) throws {
    defer {
      for stream in streams {
        if let release = stream.pointee.release { release(stream) }
      }
    }
    var (columns, rows) = ([ArrowColumn](), Int?.none)
    for stream in streams {
      let (own, count) = try Self.read(stream, name)
      guard rows == nil || rows == count || own.isEmpty else {
        throw UserError(
          name, found: "\(count) rows beside \(rows ?? 0)", expected: "as many",
          remedy: "check that features, clicks and weights are those of the same rows")
      }
      if !own.isEmpty { rows = count }
      columns += own
    }
    var known: Set<String> = []
    if let twice = columns.first(where: { !known.insert($0.name).inserted }) {
      throw UserError(
        name, found: "two columns called \(quoted(twice.name))", expected: "names that differ",
        remedy: "rename one of them")
    }
    guard !columns.isEmpty else {
      throw UserError(
        name, found: "no columns", expected: "some", remedy: "name those that a model is to see")
    }
    (self.columns, self.rows) = (columns, rows ?? 0)
  }

  /// The columns as a log.
  package func log(named name: String) -> LogSource {
    .columns(MemoryColumns(table: self, rows: rows), name: name)
  }

  private static func read(
    _ stream: UnsafeMutablePointer<ArrowArrayStream>, _ name: String
  ) throws -> ([ArrowColumn], rows: Int) {
    guard let getSchema = stream.pointee.get_schema, let getNext = stream.pointee.get_next else {
      throw UserError(
        name, found: "a stream that is released", expected: "one that was not read yet",
        remedy: "make a new one for each use")
    }
    func check(_ code: Int32) throws {
      guard code != 0 else { return }
      let words =
        stream.pointee.get_last_error.flatMap { $0(stream) }
        .map { String(cString: $0) } ?? "error \(code)"
      throw UserError(
        name, found: "a stream that fails: \(words)", expected: "columns",
        remedy: "see to what makes them")
    }
    var schema = ArrowSchema()
    try check(getSchema(stream, &schema))
    defer { schema.release?(&schema) }
    let root = try ArrowField(schema, of: name)
    guard root.layout == .structure else {
      throw UserError(
        name, found: "a stream of single values", expected: "one of columns with names",
        remedy: "put them into a table")
    }
    var columns: [ArrowColumn] = []
    flatten(root, [], &columns)
    var rows = 0
    while true {
      var array = ArrowArray()
      try check(getNext(stream, &array))
      guard array.release != nil else { break }
      let memory = ArrowMemory(array)
      guard array.length > 0 else { continue }
      var next = 0
      do throws(ArrowProblem) {
        try append(
          root, memory.pointer, Stretch(first: rows, count: Int(array.length), skip: 0), [],
          memory, to: &columns, &next)
      } catch {
        throw error.error(of: name, column: next < columns.count ? columns[next].name : "")
      }
      rows += Int(array.length)
    }
    return (columns, rows)
  }

  private static func flatten(
    _ field: ArrowField, _ path: [String], _ columns: inout [ArrowColumn]
  ) {
    for child in field.children {
      let names = path + [child.name]
      if child.layout == .structure {
        flatten(child, names, &columns)
      } else {
        columns.append(ArrowColumn(name: names.joined(separator: "."), field: child))
      }
    }
  }

  /// The rows of an array, and the place of the first one in it without its own offset.
  private struct Stretch {
    let first: Int
    let count: Int
    let skip: Int
  }

  /// Appends a structure's arrays to its columns.
  private static func append(
    _ field: ArrowField, _ array: UnsafePointer<ArrowArray>, _ rows: Stretch,
    _ around: [ArrowChunk.Validity], _ memory: ArrowMemory, to columns: inout [ArrowColumn],
    _ next: inout Int
  ) throws(ArrowProblem) {
    let offset = Int(array.pointee.offset) + rows.skip
    guard array.pointee.offset >= 0, Int(array.pointee.n_children) == field.children.count else {
      throw ArrowProblem(
        "\(array.pointee.n_children) columns in an array", expected: "\(field.children.count)")
    }
    let validities = around + validity(of: array, at: offset)
    for (index, child) in field.children.enumerated() {
      guard let values = array.pointee.children?[index] else { throw ArrowProblem.noBuffer }
      let there = Int(values.pointee.length)
      guard values.pointee.offset >= 0, offset + rows.count <= there else {
        throw ArrowProblem(
          "\(there) values", expected: "\(offset + rows.count), as the rows need")
      }
      let stretch = Stretch(first: rows.first, count: rows.count, skip: offset)
      if child.layout == .structure {
        try append(
          child, UnsafePointer(values), stretch, validities, memory, to: &columns, &next)
        continue
      }
      let place = Int(values.pointee.offset) + offset
      columns[next].chunks.append(
        ArrowChunk(
          first: rows.first, count: rows.count, array: UnsafePointer(values), offset: place,
          validities: validities + validity(of: UnsafePointer(values), at: place),
          owner: memory))
      next += 1
    }
  }

  private static func validity(
    of array: UnsafePointer<ArrowArray>, at offset: Int
  ) -> [ArrowChunk.Validity] {
    guard array.pointee.n_buffers > 0, let bits = array.pointee.buffers?[0] else { return [] }
    return [
      ArrowChunk.Validity(bits: bits.assumingMemoryBound(to: UInt8.self), offset: offset)
    ]
  }
}

/// Columns in memory as an open log: which of them are read, and how.
final class ArrowTable: NamedColumns, @unchecked Sendable {
  // Sendable: never changed.

  /// One column, and the form that is wanted.
  struct Read {
    let column: ArrowColumn
    let form: ColumnRequest.Form
  }

  let name: String
  let rows: Int
  let columns: [String]
  let reads: [Read]
  /// Of each column its place in ``reads``, −1 for one that is not read.
  private let places: [Int]
  private let nothing = FixedArray(
    repeating: Cell(start: noBytes, count: 0), count: RecordBatch.most)

  /// - Parameter request: which columns are wanted; all if none is named.
  /// - Throws: ``UserError`` for lists where single values are wanted.
  init(_ columns: MemoryColumns, of log: LogSource, _ request: ColumnRequest) throws {
    guard let table = columns.table as? ArrowColumns else { throw log.withoutBytes }
    (name, rows) = (log.name, table.rows)
    self.columns = table.names
    var (places, reads) = ([Int](), [Read]())
    for column in table.columns {
      guard request.wants(column.name) else {
        places.append(-1)
        continue
      }
      if column.field.isList { try request.checkLists(in: column.name, of: name) }
      places.append(reads.count)
      reads.append(Read(column: column, form: request.form(of: column.name)))
    }
    (self.places, self.reads) = (places, reads)
  }

  /// Of all columns that are read the place and the name.
  var readColumns: [(index: Int, name: String)] {
    columns.indices.filter { places[$0] != -1 }.map { ($0, columns[$0]) }
  }

  /// The columns of a batch, of those that were read.
  func arranged(_ read: [RecordBatch.Column]) -> [RecordBatch.Column] {
    places.map { $0 < 0 ? RecordBatch.Column(cells: UnsafePointer(nothing.base)) : read[$0] }
  }
}
