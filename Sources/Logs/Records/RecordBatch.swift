import Support

/// Some records of a block, column by column: what a format makes of a log, and all that counting and
/// encoding see of it.
///
/// The cells of a column lie side by side; 256 records of 40 columns are 164 KB, which the second level
/// of the cache holds. Cells are slices of the block: nothing is copied.
package final class RecordBatch {
  /// Where a record of the batch is in its log.
  package struct Record {
    /// Its number, counted over all sources of a pass. Records that are rejected have numbers too, so
    /// that the number does not depend on what becomes of them.
    package var number: Int
    /// Its first line, counted from 1.
    package var line: Int
    /// Where it begins in its block, and the byte behind its line end.
    package var start: Int
    package var end: Int
  }

  /// A column: one value a record, or as many as there are.
  package struct Column {
    /// [records]; of a list [values]
    package let cells: UnsafePointer<Cell>
    /// Of a list: record i has the values offsets[i] to below offsets[i + 1]; nil for one value each.
    package let offsets: UnsafePointer<Int32>?
    /// Of a list: the x of each value, [values]; nil where the format has none.
    package let weights: UnsafePointer<Float>?
    /// Of numbers that are not in the cells: their values, [values], NaN for a missing one.
    package let numbers: UnsafePointer<Double>?
    /// Of values that are in a dictionary and not in the cells: which one, −1 for a missing one, [records]. Only
    /// where it was asked for, see ``ColumnRequest/codes``.
    package let codes: (values: UnsafePointer<Int32>, dictionary: ColumnDictionary)?

    /// A column of one value a record, as text or as numbers.
    package init(cells: UnsafePointer<Cell>, numbers: UnsafePointer<Double>? = nil) {
      self.init(cells: cells, offsets: nil, weights: nil, numbers: numbers)
    }

    init(
      cells: UnsafePointer<Cell>, offsets: UnsafePointer<Int32>?, weights: UnsafePointer<Float>?,
      numbers: UnsafePointer<Double>?
    ) {
      (self.cells, self.offsets, self.weights, self.numbers) = (cells, offsets, weights, numbers)
      codes = nil
    }

    /// A column of codes; the cells hold nothing.
    init(
      codes: UnsafePointer<Int32>, of dictionary: ColumnDictionary, cells: UnsafePointer<Cell>
    ) {
      (self.cells, offsets, weights, numbers) = (cells, nil, nil, nil)
      self.codes = (codes, dictionary)
    }

    /// The last value of a record; an empty one where it has none.
    @inline(__always)
    package func last(of record: Int) -> UnsafeRawBufferPointer {
      guard let offsets else { return cells[record].bytes }
      let end = Int(offsets[record + 1])
      return end > Int(offsets[record])
        ? cells[end - 1].bytes : UnsafeRawBufferPointer(start: nil, count: 0)
    }
  }

  /// The most records that are looked at together.
  static let most = 256

  /// How many records fit.
  package let capacity: Int
  /// How many there are.
  package internal(set) var count = 0
  /// [capacity]
  package let records: UnsafeMutablePointer<Record>
  /// The cells of columns with one value each; column c begins at c × ``stride``.
  let cells: UnsafeMutablePointer<Cell>
  /// Some cells more than the capacity: columns a power of two apart would share few cache lines.
  let stride: Int
  private let width: Int
  /// The columns with any number of values.
  var lists: [ListColumn]
  /// Columns that lie elsewhere, in place of all of these.
  private var borrowed: [Column] = []

  /// - Parameters:
  ///   - columns: how many columns have one value a record, the first ones.
  ///   - lists: how many have any number, those behind them; and which hold numbers.
  init(columns: Int, lists: [ListColumn] = []) {
    capacity = min(Self.most, max(16, 1 << 14 / max(columns, 1)))
    stride = capacity + 4
    width = columns
    records = .allocate(capacity: capacity)
    cells = .allocate(capacity: max(columns, 1) * stride)
    self.lists = lists
  }

  deinit {
    records.deallocate()
    cells.deallocate()
  }

  /// A batch of columns that lie elsewhere, see ``borrow(_:from:count:)``.
  package convenience init(borrowing columns: Int) { self.init(columns: columns) }

  /// Takes some records of columns where they are; they stay there until the batch is filled anew.
  ///
  /// - Parameters:
  ///   - columns: whose first records these are.
  ///   - number: that of the first one.
  ///   - count: at most ``capacity``.
  ///   - line: that of the first one, where each has one.
  package func borrow(_ columns: [Column], from number: Int, line: Int? = nil, count: Int) {
    precondition(count <= capacity)
    (borrowed, self.count) = (columns, count)
    for record in 0..<count {
      records[record] = Record(
        number: number + record, line: line.map { $0 + record } ?? 0, start: record,
        end: record)
    }
  }

  /// A column, valid until the batch is filled anew.
  package func column(_ index: Int) -> Column {
    if !borrowed.isEmpty { return borrowed[index] }
    guard index >= width else {
      return Column(cells: cells + index * stride, offsets: nil, weights: nil, numbers: nil)
    }
    return lists[index - width].column
  }
}

/// A column with any number of values a record, which grows.
final class ListColumn {
  private var cells: UnsafeMutablePointer<Cell>
  private var weights: UnsafeMutablePointer<Float>
  private var numbers: UnsafeMutablePointer<Double>?
  private let offsets: UnsafeMutablePointer<Int32>
  private var capacity = RecordBatch.most
  private var records = 0
  private(set) var count = 0

  init(ofNumbers: Bool) {
    cells = .allocate(capacity: capacity)
    weights = .allocate(capacity: capacity)
    numbers = ofNumbers ? .allocate(capacity: capacity) : nil
    offsets = .allocate(capacity: RecordBatch.most + 1)
    offsets[0] = 0
  }

  deinit {
    cells.deallocate()
    weights.deallocate()
    numbers?.deallocate()
    offsets.deallocate()
  }

  var column: RecordBatch.Column {
    RecordBatch.Column(
      cells: cells, offsets: offsets, weights: weights, numbers: numbers.map { UnsafePointer($0) })
  }

  /// Whether the record under way has a value already.
  var isFilled: Bool { count > Int(offsets[records]) }

  func append(_ cell: Cell, _ value: Double) {
    if count == capacity { grow() }
    cells[count] = cell
    weights[count] = Float(value)
    numbers?[count] = value
    count += 1
  }

  /// Ends the record under way, or takes its values away again.
  func endRecord(keeping: Bool) {
    guard keeping else {
      count = Int(offsets[records])
      return
    }
    records += 1
    offsets[records] = Int32(truncatingIfNeeded: count)
  }

  func removeAll() { (records, count) = (0, 0) }

  private func grow() {
    capacity *= 2
    cells.grow(to: capacity, keeping: count)
    weights.grow(to: capacity, keeping: count)
    numbers?.grow(to: capacity, keeping: count)
  }
}
