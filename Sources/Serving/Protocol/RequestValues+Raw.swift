import Logs

extension RequestValues {
  /// A copy of what was sent.
  func raw(rows: Int) -> RawValues {
    let given = inputs.indices.filter { columns[$0].content != .nothing }
    return RawValues(
      rows: rows,
      columns: given.map { index in
        let column = columns[index]
        let texts = (0..<column.count).map { row in
          guard column.content == .numbers else {
            return String(decoding: column.cells[row].bytes, as: UTF8.self)
          }
          let number = column.numbers[row]
          return number.isNaN ? "" : "\(number)"
        }
        return RawValues.Column(name: inputs[index].name, texts: texts)
      })
  }
}
