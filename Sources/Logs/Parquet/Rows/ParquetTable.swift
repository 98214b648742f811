import Support

/// A Parquet file as a log: its columns, those of its folders' names included, and which of them are read.
final class ParquetTable: NamedColumns {
  /// One column of the file, and the form that is wanted.
  struct Read {
    let column: ParquetColumn
    let form: ColumnRequest.Form
  }

  let name: String
  let file: ParquetFile
  /// The names of all columns that can be read.
  let columns: [String]
  /// What is read.
  let reads: [Read]
  /// Of each column: its place in ``reads``; −1 for one that is not read, below that for the values of folders.
  private let places: [Int]
  private let constants: [Constant]
  private let nothing = Constant("")

  /// Of all columns that are read the place and the name.
  var readColumns: [(index: Int, name: String)] {
    columns.indices.filter { places[$0] != -1 }.map { ($0, columns[$0]) }
  }

  /// - Parameter request: which columns are wanted; all if none is named.
  /// - Throws: ``UserError`` for a file that is damaged, and for a column that cannot be read as wanted.
  init(_ source: LogSource, _ request: ColumnRequest) throws {
    file = try ParquetFile(source)
    name = source.name
    var known: Set<String> = []
    let readable = file.columns.filter { $0.maxRepetition < 2 && known.insert($0.name).inserted }
    let folders = source.partition.filter { known.insert($0.key).inserted }
    for column in file.columns where column.maxRepetition > 1 {
      guard request.columns.contains(column.name) else { continue }
      throw UserError(
        name, found: "lists of lists in column \(quoted(column.name))",
        expected: "values, or lists of values", remedy: "leave the field out, or write it flat")
    }
    var (places, reads) = ([Int](), [Read]())
    for column in readable {
      guard request.wants(column.name) else {
        places.append(-1)
        continue
      }
      if column.isList { try request.checkLists(in: column.name, of: name) }
      places.append(reads.count)
      reads.append(Read(column: column, form: request.form(of: column.name)))
    }
    // One column at least, since nothing else says whether the rows are there.
    if reads.isEmpty, let first = file.columns.first { reads = [Read(column: first, form: .texts)] }
    guard !reads.isEmpty else {
      throw UserError(
        name, found: "no columns", expected: "some", remedy: "check how the file was written")
    }
    for index in folders.indices { places.append(-2 - index) }
    columns = readable.map(\.name) + folders.map(\.key)
    constants = folders.map { Constant($0.value) }
    (self.places, self.reads) = (places, reads)
  }

  /// The columns of a batch, of those that were read.
  func arranged(_ read: [RecordBatch.Column]) -> [RecordBatch.Column] {
    places.map { place in
      if place >= 0 { return read[place] }
      return RecordBatch.Column(cells: (place == -1 ? nothing : constants[-2 - place]).cells)
    }
  }

  /// The same value in every row.
  private final class Constant: @unchecked Sendable {
    // Sendable: never changed.
    let cells: UnsafePointer<Cell>
    private let bytes: FixedArray<UInt8>
    private let repeated: FixedArray<Cell>

    init(_ text: String) {
      let value = Array(text.utf8)
      bytes = FixedArray(value.isEmpty ? [0] : value)
      repeated = FixedArray(
        repeating: Cell(start: UnsafePointer(bytes.base), count: value.count),
        count: RecordBatch.most)
      cells = UnsafePointer(repeated.base)
    }
  }
}
