/// What a field holds before it is encoded, for programs that encode it by other means.
package enum RawColumn: Sendable {
  /// The values of each row with their x; none where the value is missing.
  case texts([[(text: String, x: Float)]])
  /// The number of each row, NaN where it is missing.
  case numbers([Double])
}

extension RowBatch {
  /// The values of a field, row by row.
  package func raw(_ field: Int) -> RawColumn {
    if columns.fields[field].kind == .numeric {
      let numbers = numbers(of: field)
      return .numbers(all.map { numbers[Int($0)] })
    }
    var rows: [[(text: String, x: Float)]] = []
    rows.reserveCapacity(count)
    var row: [(text: String, x: Float)] = []
    forEachValue(
      of: field, in: all, value: { row.append((String(decoding: $0, as: UTF8.self), $1)) },
      missing: { row = [] },
      end: { _ in
        rows.append(row)
        row = []
      })
    return .texts(rows)
  }
}
