import Logs

extension RowBatch {
  /// Walks the texts of a field that is no number, row by row.
  ///
  /// - Parameters:
  ///   - rows: those to look at, as records.
  ///   - value: called with each value and its x.
  ///   - missing: called for a row without one.
  ///   - end: called behind the values of each row, and behind `missing`, with the row's place in
  ///     `rows`.
  @inline(__always)
  func forEachValue(
    of field: Int, in rows: UnsafeBufferPointer<Int32>,
    value: (UnsafeRawBufferPointer, Float) -> Void, missing: () -> Void, end: (Int) -> Void
  ) {
    let source = columns.fields[field]
    let column = records.column(source.column)
    if let offsets = column.offsets {
      for index in 0..<rows.count {
        let record = Int(rows[index])
        let (first, last) = (Int(offsets[record]), Int(offsets[record + 1]))
        if first == last { missing() }
        for cell in first..<last { value(column.cells[cell].text, column.weights?[cell] ?? 1) }
        end(index)
      }
    } else if let derive = source.derive {
      let moments = moments(of: field)
      for index in 0..<rows.count {
        let moment = moments[Int(rows[index])]
        if moment == Self.noTime { missing() } else { value(derive.text(of: moment), 1) }
        end(index)
      }
    } else if source.kind == .multivalued {
      for index in 0..<rows.count {
        let bytes = column.cells[Int(rows[index])].text
        if columns.missing.contains(bytes) || !pieces(of: bytes, source, value) {
          missing()
        }
        end(index)
      }
    } else if column.codes != nil {
      for index in 0..<rows.count {
        let bytes = column.text(of: Int(rows[index]))
        if columns.missing.contains(bytes) { missing() } else { value(bytes, 1) }
        end(index)
      }
    } else {
      let markers = columns.missing
      for index in 0..<rows.count {
        let bytes = column.cells[Int(rows[index])].text
        if markers.contains(bytes) { missing() } else { value(bytes, 1) }
        end(index)
      }
    }
  }

  /// The codes of a field whose values are in a dictionary, by record, −1 for a missing one; nil where they are not.
  func codes(of field: Int) -> (values: UnsafePointer<Int32>, dictionary: ColumnDictionary)? {
    records.column(columns.fields[field].column).codes
  }

  /// Calls `value` with the pieces of a list that are not empty; false where there are none.
  @inline(__always)
  private func pieces(
    of bytes: UnsafeRawBufferPointer, _ source: SchemaColumns.Field,
    _ value: (UnsafeRawBufferPointer, Float) -> Void
  ) -> Bool {
    if source.isBracketed && bytes[0] != 0 {
      var found = false
      BracketedList(bytes, separator: source.separator).forEach {
        value($0, 1)
        found = true
      }
      return found
    }
    // A JSON list brings its own separator, which stands before its first value too.
    let separator = bytes[0] == 0 ? 0 : source.separator
    var (start, found) = (0, false)
    for end in 0...bytes.count where end == bytes.count || bytes[end] == separator {
      if end > start {
        value(UnsafeRawBufferPointer(rebasing: bytes[start..<end]), 1)
        found = true
      }
      start = end + 1
    }
    return found
  }
}

/// Values of one field that are counted or looked up together: a table is then used many times in a
/// row, while it is in the cache.
final class KeyBuffer {
  static let capacity = 256

  /// The values, and for each where what is found is to go.
  let keys = UnsafeMutablePointer<ByteKey>.allocate(capacity: capacity)
  let places = UnsafeMutablePointer<Int>.allocate(capacity: capacity)

  deinit {
    keys.deallocate()
    places.deallocate()
  }
}
