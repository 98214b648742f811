import Data
import Logs
import Support

/// Encodes rows whose values a caller has in memory, column by column, as a log of the same values is
/// encoded.
///
/// One thread's: it has memory of its own.
package final class InputEncoder {
  /// What the columns are.
  package let inputs: [ModelInput]
  /// The number of ids of a row.
  package let slots: Int
  private let encoder: ColumnEncoder
  private let records: RecordBatch
  private let places: RequestPlaces
  private let rows: RowBatch
  /// Where the fields' slots begin, and the end.
  private let starts: [Int]

  package init(_ encoder: FeatureEncoder) {
    inputs = encoder.inputs
    slots = encoder.layout.slots
    self.encoder = ColumnEncoder(encoder)
    places = RequestPlaces(names: inputs.map(\.name))
    records = RecordBatch(borrowing: inputs.count)
    rows = RowBatch(SchemaColumns(ofFields: encoder.schema), records)
    starts = encoder.fields.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.slots) }
  }

  /// Writes the ids and values of the fields that are read from some columns.
  ///
  /// - Parameters:
  ///   - given: the inputs that `columns` has, by their numbers.
  ///   - columns: [inputs], those that are not given with whatever cells; each has `count` values.
  ///   - count: how many rows.
  ///   - ids: [rows × ``slots``]
  ///   - values: [rows × slots], nil where all are 1.
  ///   - statistics: gets what each field held, see ``FeatureEncoder/noStatistics``.
  /// - Throws: `UserError` for a value that cannot be read.
  package func encode(
    _ given: [Int], of columns: [RecordBatch.Column], count: Int,
    _ ids: UnsafeMutablePointer<Int32>, _ values: UnsafeMutablePointer<Float>?,
    _ statistics: inout [FieldStatistics]
  ) throws {
    let fields = given.flatMap { inputs[$0].fields }
    var first = 0
    while first < count {
      let some = min(count - first, records.capacity)
      records.borrow(
        first == 0 ? columns : columns.map { $0.dropping(first) }, from: first, count: some)
      var report = BlockReport()
      rows.load(fields, of: places, &report)
      if let bad = report.rejected.first { throw bad.error }
      encoder.encode(
        fields, rows.all, of: rows, ids + first * slots, values.map { $0 + first * slots },
        &statistics)
      first += some
    }
  }

  /// Repeats the slots of the fields that are read from some columns: what the first row has, all rows get.
  package func repeatFirst<Element: BitwiseCopyable>(
    _ given: [Int], count: Int, _ elements: UnsafeMutablePointer<Element>
  ) {
    copy(given, from: elements, to: elements + slots, count: count - 1)
  }

  /// Copies the slots of the fields that are read from some columns into rows.
  package func copy<Element: BitwiseCopyable>(
    _ given: [Int], from source: UnsafePointer<Element>, to target: UnsafeMutablePointer<Element>,
    count: Int
  ) {
    for run in runs(of: given) {
      for row in 0..<max(count, 0) {
        (target + row * slots + run.lowerBound).update(
          from: source + run.lowerBound, count: run.count)
      }
    }
  }

  /// The slots of some columns' fields, adjacent ones together.
  private func runs(of given: [Int]) -> [Range<Int>] {
    var runs: [Range<Int>] = []
    for field in given.flatMap({ inputs[$0].fields }).sorted() {
      let slots = starts[field]..<starts[field + 1]
      if let last = runs.last, last.upperBound == slots.lowerBound {
        runs[runs.count - 1] = last.lowerBound..<slots.upperBound
      } else {
        runs.append(slots)
      }
    }
    return runs
  }
}

/// The rows of a request, which are counted from 0.
private struct RequestPlaces: RecordPlaces {
  let names: [String]

  func error(
    at column: Int, of record: RecordBatch.Record, found: String, expected: String, remedy: String
  ) -> UserError {
    UserError(
      "input \(quoted(names[column])), row \(record.number)", found: found, expected: expected,
      remedy: remedy)
  }

  func bytes(of record: RecordBatch.Record, in batch: RecordBatch) -> [UInt8] { [] }
}

extension RecordBatch.Column {
  /// The column without its first records.
  fileprivate func dropping(_ count: Int) -> RecordBatch.Column {
    RecordBatch.Column(cells: cells + count, numbers: numbers.map { $0 + count })
  }
}
