import Logs
import RequestLogs

extension RequestValues {
  /// A copy of what was sent, and of what the server knows of the items that were named.
  func raw(rows: Int) -> RawValues {
    guard ids == nil else { return RawValues(rows: rows, columns: []) }
    let given = inputs.indices.filter { columns[$0].content != .nothing }
    var raw = given.map { index in
      var copy = RawValues.Column(name: inputs[index].name)
      let column = columns[index]
      for row in 0..<column.count {
        if column.content == .numbers {
          let number = column.numbers[row]
          copy.append(number.isNaN ? "" : "\(number)")
        } else {
          copy.append(column.cells[row].bytes)
        }
      }
      return copy
    }
    if let items {
      let known = items.provides.filter { !given.contains($0) }
      raw += items.texts(of: known, keys: columns[items.key])
    }
    return RawValues(rows: rows, columns: raw)
  }
}
