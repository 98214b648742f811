import Features
import Logs
import Support

/// Turns the rows of blocks into records: the state of one thread.
struct UnitReader {
  private let columns: UnitColumns
  private let stride: Int
  /// The numbers of arms; known before where the test names them.
  private var arms: ValueNames.Cache
  private let knowsArms: Bool
  private let armNames: [String]
  private var segments: ValueNames.Cache

  init(_ columns: UnitColumns, _ test: ABTest, arms: ValueNames, segments: ValueNames) {
    self.columns = columns
    stride = UnitRecord.size(measures: columns.measures.count + 1)
    knowsArms = !test.arms.isEmpty
    armNames = test.arms.map(\.name)
    self.arms = ValueNames.Cache(arms)
    self.segments = ValueNames.Cache(segments)
  }

  /// The records of a block: of each row one for its day, or for before the test, and one for each
  /// segment.
  mutating func read(
    _ block: any LogBlock, _ places: UnitColumns.Places, stopsAtFirst: Bool
  ) throws -> (UnitRecords, BlockReport) {
    let perRow = 1 + places.segments.count
    let records = UnitRecords(capacity: block.rows * perRow, stride: stride)
    var reader = self
    let report = try block.read(stopsAtFirst: stopsAtFirst) { batch, report in
      for row in 0..<batch.count {
        do throws(BadCell) {
          if try reader.append(row, of: batch, places, to: records) {
            report.rows += 1
          } else {
            records.outside += 1
            report.rows += 1
          }
        } catch {
          report.rejected.append(error.rejected(row, of: batch, in: block, columns: places.names))
        }
      }
    }
    self = reader
    return (records, report)
  }

  /// Appends the records of a row; false for one that is not in the test.
  private mutating func append(
    _ row: Int, of batch: RecordBatch, _ places: UnitColumns.Places, to records: UnitRecords
  ) throws(BadCell) -> Bool {
    let unit = try unit(row, of: batch, places)
    var arm = UnitArm.none
    var slice = UnitSlice.before
    if places.arm >= 0 {
      guard let found = try self.arm(batch.column(places.arm).last(of: row), places) else {
        return false
      }
      arm = found
      slice = .day(0)
    }
    if places.time >= 0, let format = columns.time?.format {
      let cell = batch.column(places.time).last(of: row)
      guard let seconds = format.seconds(cell), seconds >= 0 else {
        throw BadCell(
          column: places.time, expected: "a time as \(format.rawValue), from 1970 on",
          remedy: "correct or delete the row")
      }
      slice = .day(Int(seconds / 86_400))
    }
    let first = records.next()
    first.set(unit, slice, arm)
    first.sums[0] = 1
    for (index, place) in places.measures.enumerated() {
      first.sums[index + 1] = try number(batch.column(place).last(of: row), place)
    }
    records.keep(1)
    for (index, place) in places.segments.enumerated() {
      let cell = batch.column(place).last(of: row)
      guard let number = segments.number(of: cell, column: index) else {
        records.drop(index + 1)
        throw BadCell(
          column: place, expected: "a column with few values to break results down by",
          remedy: "take it out of segments, or write coarser values")
      }
      let record = records.next()
      record.base.copyMemory(from: first.base, byteCount: stride)
      record.set(unit, .segment(number), arm)
      records.keep(1)
    }
    return true
  }

  private func unit(
    _ row: Int, of batch: RecordBatch, _ places: UnitColumns.Places
  ) throws(BadCell) -> UInt64 {
    guard places.unit >= 0 else {
      // Stafford's mixer: no two rows get the same number.
      var z = UInt64(truncatingIfNeeded: batch.records[row].number) &+ 0x9E37_79B9_7F4A_7C15
      z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
      return z ^ z >> 31
    }
    let name = batch.column(places.unit).last(of: row)
    guard !name.isEmpty else {
      throw BadCell(column: places.unit, expected: "a unit", remedy: "correct or delete the row")
    }
    return XXH64.hash(name)
  }

  /// The arm of a cell; nil for an empty one.
  private mutating func arm(
    _ cell: UnsafeRawBufferPointer, _ places: UnitColumns.Places
  ) throws(BadCell) -> UnitArm? {
    guard !cell.isEmpty else { return nil }
    if let number = arms.number(of: cell, column: 0) {
      return UnitArm(rawValue: UInt16(truncatingIfNeeded: number))
    }
    throw BadCell(
      column: places.arm,
      expected: knowsArms ? "one of the arms \(listed(armNames))" : "the arm of a test, of a few",
      remedy: knowsArms
        ? "correct the row, or name the arm under arms" : "name the column of the arm")
  }

  private func number(_ cell: UnsafeRawBufferPointer, _ place: Int) throws(BadCell) -> Double {
    if let number = parseShortWhole(cell) ?? parseNumber(cell) { return number }
    switch String(decoding: cell, as: UTF8.self).lowercased() {
    case "true", "yes": return 1
    case "false", "no": return 0
    default:
      throw BadCell(
        column: place, expected: "a number, or true or false",
        remedy: cell.isEmpty ? "write 0 where there was none" : "correct it")
    }
  }
}

/// Records in the order of their rows.
final class UnitRecords: @unchecked Sendable {
  // Sendable: filled by one thread, then read by another one.
  let base: UnsafeMutableRawPointer
  private(set) var count = 0
  /// The rows that are not in the test.
  var outside = 0
  private let stride: Int

  init(capacity: Int, stride: Int) {
    self.stride = stride
    base = .allocate(byteCount: max(capacity, 1) * stride, alignment: 16)
  }

  deinit { base.deallocate() }

  /// Room for one more.
  func next() -> UnitRecord { UnitRecord(base: base + count * stride) }
  func keep(_ number: Int) { count += number }
  /// Takes the last ones back.
  func drop(_ number: Int) { count -= number }
}
