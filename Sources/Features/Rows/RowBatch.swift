import Logs
import Support

/// Some rows of a log, column by column, of which every value that a schema reads is sound: labels and
/// numbers are numbers, times are times. What could not be read was taken out, so that nothing that
/// counts or encodes ever has to be taken back.
package final class RowBatch {
  let columns: SchemaColumns
  let records: RecordBatch
  /// The rows, as records of ``records``, ascending, [count].
  package let rows: UnsafeMutablePointer<Int32>
  /// How many there are.
  package private(set) var count = 0

  // By record, [records.capacity].
  /// A click, 0 or 1; 0 where there is none.
  package let labels: UnsafeMutablePointer<Float>
  /// The sample weight, from 0; 1 where there is none.
  package let weights: UnsafeMutablePointer<Float>
  /// Seconds since 1970 UTC; ``noTime`` where the schema names no time.
  package let times: UnsafeMutablePointer<Int64>
  /// The XXH64 of the group's bytes; 0 where the schema names no group.
  package let groups: UnsafeMutablePointer<UInt64>

  /// Stands for no time.
  package static let noTime = Int64.min

  /// Of each field where its numbers, or the times that it is derived from, begin; −1 where there are
  /// none.
  private let numberStarts: [Int]
  private let numbers: UnsafeMutablePointer<Double>
  private let moments: UnsafeMutablePointer<Int64>
  private let isBad: UnsafeMutablePointer<Bool>
  private let owners: [AnyObject]

  init(_ columns: SchemaColumns, _ records: RecordBatch) {
    (self.columns, self.records) = (columns, records)
    let capacity = records.capacity
    var checked = 0
    numberStarts = columns.fields.map { field in
      guard field.kind == .numeric || field.derive != nil else { return -1 }
      defer { checked += capacity }
      return checked
    }
    let memory = (
      FixedArray(repeating: Int32(0), count: capacity),
      FixedArray(repeating: Float(0), count: capacity),
      FixedArray(repeating: Float(1), count: capacity),
      FixedArray(repeating: Self.noTime, count: capacity),
      FixedArray(repeating: UInt64(0), count: capacity),
      FixedArray(repeating: 0.0, count: checked),
      FixedArray(
        repeating: Int64(0), count: columns.fields.contains { $0.derive != nil } ? checked : 0),
      FixedArray(repeating: false, count: capacity)
    )
    (rows, labels, weights) = (memory.0.base, memory.1.base, memory.2.base)
    (times, groups, numbers) = (memory.3.base, memory.4.base, memory.5.base)
    (moments, isBad) = (memory.6.base, memory.7.base)
    owners = [
      memory.0, memory.1, memory.2, memory.3, memory.4, memory.5, memory.6, memory.7,
    ]
  }

  /// All rows.
  package var all: UnsafeBufferPointer<Int32> { UnsafeBufferPointer(start: rows, count: count) }

  /// The text of a column that is kept beside the schema's, of a record.
  package func keptText(of record: Int32, _ index: Int) -> UnsafeRawBufferPointer {
    records.column(columns.kept[index]).text(of: Int(record))
  }

  /// The number of a row, counted over all sources of a pass, and its line.
  package func number(of record: Int32) -> Int { records.records[Int(record)].number }
  package func line(of record: Int32) -> Int { records.records[Int(record)].line }

  /// The numbers of a numeric field by record; NaN where one is missing.
  func numbers(of field: Int) -> UnsafeMutablePointer<Double> { numbers + numberStarts[field] }
  /// The times that a field is derived from, by record; ``noTime`` where one is missing.
  func moments(of field: Int) -> UnsafeMutablePointer<Int64> { moments + numberStarts[field] }

  /// Leaves out the rows for which `isKept` is false.
  package func filter(_ isKept: (Int32) -> Bool) {
    var kept = 0
    for index in 0..<count where isKept(rows[index]) {
      rows[kept] = rows[index]
      kept += 1
    }
    count = kept
  }

  /// Reads what the records' columns say, and takes out what is not sound.
  func load(of block: some RecordPlaces, _ report: inout BlockReport) {
    let bad = report.rejected.count
    isBad.update(repeating: false, count: records.count)
    for field in columns.fields.indices { readField(field, block, &report) }
    readMetadata(block, &report)
    keepSound(bad, &report)
  }

  /// The same for some of the fields and nothing beside them.
  func load(_ fields: [Int], of places: some RecordPlaces, _ report: inout BlockReport) {
    let bad = report.rejected.count
    isBad.update(repeating: false, count: records.count)
    for field in fields { readField(field, places, &report) }
    keepSound(bad, &report)
  }

  private func readField(
    _ field: Int, _ block: some RecordPlaces, _ report: inout BlockReport
  ) {
    guard numberStarts[field] >= 0 else { return }
    if columns.fields[field].derive != nil {
      readMoments(of: field, block, &report)
    } else {
      readNumbers(of: field, block, &report)
    }
  }

  /// - Parameter bad: how many were rejected before.
  private func keepSound(_ bad: Int, _ report: inout BlockReport) {
    count = 0
    if report.rejected.count == bad {
      for record in 0..<records.count { rows[record] = Int32(truncatingIfNeeded: record) }
      count = records.count
    } else {
      for record in 0..<records.count where !isBad[record] {
        rows[count] = Int32(truncatingIfNeeded: record)
        count += 1
      }
    }
    report.rows += count
  }

  private func readNumbers(
    of field: Int, _ block: some RecordPlaces, _ report: inout BlockReport
  ) {
    let index = columns.fields[field].column
    let (column, missing) = (records.column(index), columns.missing)
    let target = numbers(of: field)
    if column.offsets == nil, let given = column.numbers {
      target.update(from: given, count: records.count)
      return
    }
    if let offsets = column.offsets, let given = column.numbers {
      for record in 0..<records.count {
        let first = Int(offsets[record])
        target[record] = first < Int(offsets[record + 1]) ? given[first] : .nan
      }
      return
    }
    for record in 0..<records.count where !isBad[record] {
      let bytes = column.cells[record].text
      if let number = parseShortWhole(bytes) {
        target[record] = number
        if !missing.contains(bytes) { continue }
      }
      if missing.contains(bytes) {
        target[record] = .nan
      } else if let number = columns.numbers.number(bytes) {
        target[record] = number
      } else {
        reject(
          record, at: index, found: "\(text(bytes)) in column \(quoted(columns.names[index]))",
          expected: "a number", remedy: "correct it, or leave it empty if it is missing", block,
          &report)
      }
    }
  }

  private func readMoments(
    of field: Int, _ block: some RecordPlaces, _ report: inout BlockReport
  ) {
    let source = columns.fields[field]
    let column = records.column(source.column)
    let target = moments(of: field)
    for record in 0..<records.count where !isBad[record] {
      let bytes = column.cells[record].text
      target[record] = Self.noTime
      if columns.missing.contains(bytes) { continue }
      if let seconds = time(
        bytes, source.timeFormat, record, at: source.column, block, &report)
      {
        target[record] = seconds
      }
    }
  }

  /// The seconds of a time; nil where it is none, and the record is taken out.
  private func time(
    _ bytes: UnsafeRawBufferPointer, _ format: TimeFormat, _ record: Int, at index: Int,
    _ block: some RecordPlaces, _ report: inout BlockReport
  ) -> Int64? {
    if let seconds = format.seconds(bytes) { return seconds }
    reject(
      record, at: index, found: "\(text(bytes)) in column \(quoted(columns.names[index]))",
      expected: "a time as \(format.rawValue)", remedy: "correct or delete the row", block,
      &report)
    return nil
  }

  private func readMetadata(_ block: some RecordPlaces, _ report: inout BlockReport) {
    readLabels(block, &report)
    if columns.weight >= 0 {
      let column = records.column(columns.weight)
      for record in 0..<records.count where !isBad[record] {
        let bytes = column.cells[record].text
        if let weight = columns.numbers.number(bytes).map({ Float($0) }), weight >= 0,
          weight.isFinite
        {
          weights[record] = weight
        } else {
          reject(
            record, at: columns.weight, found: "weight \(text(bytes))",
            expected: "a finite number from 0", remedy: "correct or delete the row", block, &report)
        }
      }
    }
    if columns.time >= 0 {
      let column = records.column(columns.time)
      for record in 0..<records.count where !isBad[record] {
        let bytes = column.cells[record].text
        times[record] =
          time(bytes, columns.timeFormat, record, at: columns.time, block, &report) ?? Self.noTime
      }
    }
    if columns.group >= 0 {
      let column = records.column(columns.group)
      for record in 0..<records.count {
        let bytes = column.last(of: record)
        // A row of nobody is a group of its own: all of them in one part of a split would say nothing.
        groups[record] =
          bytes.isEmpty || columns.missing.contains(bytes)
          ? withUnsafeBytes(of: records.records[record].number) { XXH64.hash($0) }
          : XXH64.hash(bytes)
      }
    }
  }

  private func readLabels(_ block: some RecordPlaces, _ report: inout BlockReport) {
    guard columns.label >= 0 else {
      // Whether a row without label is sound shows below; one that is not does no harm here.
      report.isLabelled = false
      labels.update(repeating: 0, count: records.count)
      return
    }
    let column = records.column(columns.label)
    let (clicks, isOptional) = (columns.clicks, columns.labels == .optional)
    for record in 0..<records.count where !isBad[record] {
      let bytes = column.cells[record].text
      if isOptional && bytes.isEmpty {
        labels[record] = 0
        report.isLabelled = false
      } else if let click = clicks.click(bytes) {
        labels[record] = click
      } else {
        reject(
          record, at: columns.label, found: "label \(text(bytes))", expected: clicks.expected,
          remedy: clicks.remedy(for: bytes, isColumn: columns.hasLabelColumn), block, &report)
      }
    }
  }

  private func reject(
    _ record: Int, at column: Int, found: String, expected: String, remedy: String,
    _ block: some RecordPlaces, _ report: inout BlockReport
  ) {
    isBad[record] = true
    let place = records.records[record]
    let error = block.error(
      at: column, of: place, found: found, expected: expected, remedy: remedy)
    report.rejected.append(block.rejected(place, of: records, error))
  }

  private func text(_ bytes: UnsafeRawBufferPointer) -> String {
    quoted(String(decoding: bytes, as: UTF8.self))
  }
}
