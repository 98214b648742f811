import Support

extension RecordBatch {
  /// A record as a line of JSON: texts, numbers as they were read, lists, and null for what is missing.
  ///
  /// - Parameter names: the columns to write.
  package func jsonLine(_ record: Int, _ names: [(index: Int, name: String)]) -> [UInt8] {
    var line = Array("{".utf8)
    for (number, (index, name)) in names.enumerated() {
      if number > 0 { line += ", ".utf8 }
      line.append(json: name)
      line += ": ".utf8
      append(column(index), record, to: &line)
    }
    line += "}\n".utf8
    return line
  }

  private func append(_ column: Column, _ record: Int, to line: inout [UInt8]) {
    if let numbers = column.numbers {
      line += (numbers[record].isNaN ? "null" : "\(numbers[record])").utf8
      return
    }
    let bytes = column.text(of: record)
    if bytes.isEmpty {
      line += "null".utf8
    } else if bytes[0] == 0 {
      line += "[".utf8
      for (number, value) in bytes.dropFirst().split(
        separator: 0, omittingEmptySubsequences: false
      ).enumerated() {
        if number > 0 { line += ", ".utf8 }
        line.append(json: UnsafeRawBufferPointer(rebasing: value))
      }
      line += "]".utf8
    } else {
      line.append(json: bytes)
    }
  }
}

extension RecordBatch.Column {
  /// The value of a record as text, of a column with one each; empty where it is missing.
  @inline(__always)
  package func text(of record: Int) -> UnsafeRawBufferPointer {
    guard let codes else { return last(of: record) }
    let code = codes.values[record]
    return code < 0
      ? UnsafeRawBufferPointer(start: nil, count: 0) : codes.dictionary.cells[Int(code)].bytes
  }
}
