import Logs
import NIOHTTP1
import Support

extension OpenInferenceReader {
  /// Reads a tensor's elements in JSON, flat or nested as its shape is.
  func elements(of head: TensorHead, _ parser: inout JSONParser) throws -> Int {
    guard head.binarySize == nil else {
      throw RequestError.malformed(
        head.place, found: "data and binary_data_size", expected: "one of them")
    }
    let (target, shape) = (try target(of: head), head.shape!)
    let place = head.data!
    let inner = parser.skipBlanks(place + 1)
    let isNested = parser.bytes[inner] == UInt8(ascii: "[")
    guard isNested, shape.count == 2 else {
      let next = try flatElements(of: head, parser, into: target)
      try finish(head, target)
      return next
    }
    let next = try parser.list(at: place, "a list") { parser, place in
      let before = target.count
      let next = try parser.list(at: place, "a list") {
        try element($0, at: $1, head, into: target)
      }
      guard target.count - before == shape[1] else {
        throw RequestError.malformed(
          head.place, found: "a list of \(target.count - before)",
          expected: "\(shape[1]), as its shape says")
      }
      return next
    }
    try finish(head, target)
    return next
  }

  /// Reads a flat list. Nearly all elements are written plainly, and most of a request's time would go into asking
  /// of each of them how it is written.
  private func flatElements(
    of head: TensorHead, _ parser: JSONParser, into target: ValueColumn
  ) throws -> Int {
    guard parser.bytes[head.data!] == UInt8(ascii: "[") else {
      throw JSONProblem(place: head.data!, expected: "a list")
    }
    var place = parser.skipBlanks(head.data! + 1)
    if parser.bytes[place] == UInt8(ascii: "]") { return place + 1 }
    while true {
      switch head.datatype! {
      case .bytes: place = target.appendPlainTexts(parser.bytes, from: place)
      case .bool: break
      default:
        place = target.appendPlainNumbers(
          parser.bytes, from: place, whole: head.datatype!.isWhole)
      }
      place = parser.skipBlanks(try element(parser, at: place, head, into: target))
      if parser.bytes[place] == UInt8(ascii: "]") { return place + 1 }
      guard parser.bytes[place] == UInt8(ascii: ",") else {
        throw JSONProblem(place: place, expected: "a comma or ]")
      }
      place = parser.skipBlanks(place + 1)
    }
  }

  @inline(__always)
  func element(
    _ parser: JSONParser, at place: Int, _ head: TensorHead, into target: ValueColumn
  ) throws -> Int {
    let (cell, next) = try values.scalar(parser, at: place)
    let first = parser.bytes[place]
    let isText = first == UInt8(ascii: "\"")
    let isNull = first == UInt8(ascii: "n")
    let isTruth = first == UInt8(ascii: "t") || first == UInt8(ascii: "f")
    let fits =
      switch head.datatype! {
      case .bytes: isText
      case .bool: isTruth
      case .fp32, .fp64: !isText && !isTruth
      default:
        !isText && !isTruth
          && !cell.bytes.contains {
            $0 == UInt8(ascii: ".") || $0 | 0x20 == UInt8(ascii: "e")
          }
      }
    guard fits || isNull else {
      throw RequestError.malformed(
        "\(head.place), element \(target.count)",
        found: quoted(String(decoding: cell.bytes, as: UTF8.self)),
        expected: "a value of datatype \(head.datatype!.rawValue)")
    }
    target.append(cell)
    return next
  }

  /// Where a tensor's elements go: lists are joined first, ids are read from text.
  func target(of head: TensorHead) throws -> ValueColumn {
    let shape = head.shape!
    let (rows, width) = (shape.first ?? 0, shape.count == 2 ? shape[1] : 1)
    guard shape.count >= 1, rows >= 1 else {
      throw RequestError.malformed(
        head.place, found: "shape \(shape)", expected: "one row at least, as in [100]")
    }
    guard rows <= values.limits.rows else {
      throw RequestError.tooLarge(
        "\(head.place): found \(rows) rows, expected at most \(values.limits.rows)")
    }
    guard let index = head.index else {
      if head.isIDs { return try idTarget(head, width) }
      throw values.unknown(head.name!)
    }
    let column = values.columns[index]
    guard column.content == .nothing else {
      throw RequestError.malformed(
        "inputs", found: "input \(quoted(head.name!)) twice", expected: "each input once")
    }
    guard width == 1 || values.inputs[index].isList else {
      throw RequestError.malformed(
        head.place, found: "\(width) values a row", expected: "one: it is no list")
    }
    guard width <= values.limits.list else {
      throw RequestError.tooLarge(
        "\(head.place): found \(width) values a row, expected at most \(values.limits.list)")
    }
    column.content = .cells
    guard width != 1 else { return column }
    values.elements.removeAll()
    return values.elements
  }

  func idTarget(_ head: TensorHead, _ width: Int) throws -> ValueColumn {
    let slots = values.layout.slots
    guard width == slots else {
      throw RequestError.malformed(
        head.place, found: "\(width) numbers a row", expected: "\(slots), one a slot")
    }
    values.elements.removeAll()
    return values.elements
  }

  /// Puts what was read where it belongs, once all of it is there.
  func finish(_ head: TensorHead, _ target: ValueColumn) throws {
    let shape = head.shape!
    let (rows, width) = (shape[0], shape.count == 2 ? shape[1] : 1)
    let (expected, isTooMuch) = rows.multipliedReportingOverflow(by: width)
    guard !isTooMuch, target.count == expected else {
      throw RequestError.malformed(
        head.place, found: "\(target.count) elements",
        expected: "as many as shape \(shape) has")
    }
    guard let index = head.index else { return try values.takeIDs(head.name!) }
    let column = values.columns[index]
    column.isShared = rows == 1
    guard width != 1 else { return }
    for row in 0..<rows {
      column.append(
        values.joined(
          UnsafeBufferPointer(start: target.cells + row * width, count: width)))
    }
  }

  /// Reads the tensors behind the JSON.
  mutating func readBinary(_ bytes: UnsafeRawBufferPointer) throws {
    var offset = 0
    for head in tensors where !head.isRead {
      let size = head.binarySize!
      guard size <= bytes.count - offset else {
        throw RequestError.malformed(
          head.place, found: "\(bytes.count - offset) bytes behind the JSON",
          expected: "the \(size) that binary_data_size says")
      }
      let part = UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + size])
      let target = try target(of: head)
      if head.datatype == .bytes {
        try readTexts(part, head, into: target)
      } else {
        try readNumbers(part, head, into: target)
      }
      try finish(head, target)
      offset += size
    }
    guard offset == bytes.count else {
      throw RequestError.malformed(
        "body", found: "\(bytes.count - offset) bytes behind the last tensor",
        expected: "as many as the tensors' binary_data_size")
    }
  }

  func readTexts(
    _ bytes: UnsafeRawBufferPointer, _ head: TensorHead, into target: ValueColumn
  ) throws {
    var offset = 0
    while offset < bytes.count {
      guard bytes.count - offset >= 4 else { break }
      let size = Int(
        UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
      guard size <= bytes.count - offset - 4 else { break }
      let text = UnsafeRawBufferPointer(rebasing: bytes[offset + 4..<offset + 4 + size])
      guard firstNonText(text) == nil else {
        throw RequestError.malformed(
          "\(head.place), element \(target.count)", found: "bytes that are no UTF-8, or NUL",
          expected: "text")
      }
      target.append(
        size == 0
          ? RequestValues.empty
          : Cell(
            start: text.baseAddress!.assumingMemoryBound(to: UInt8.self), count: size))
      offset += 4 + size
    }
    guard offset == bytes.count else {
      throw RequestError.malformed(
        head.place, found: "an element that runs over the tensor's end",
        expected: "4 bytes of length before each element")
    }
  }

  func readNumbers(
    _ bytes: UnsafeRawBufferPointer, _ head: TensorHead, into target: ValueColumn
  ) throws {
    let (datatype, size) = (head.datatype!, head.datatype!.size!)
    guard bytes.count % size == 0 else {
      throw RequestError.malformed(
        head.place, found: "\(bytes.count) bytes", expected: "\(size) an element")
    }
    let index = head.index
    let isNumeric = index.map { values.inputs[$0].isNumeric && target === values.columns[$0] }
    for offset in stride(from: 0, to: bytes.count, by: size) {
      let number = TensorNumber(bytes, at: offset, datatype)
      let double = number.double
      guard double.isNaN || Float(double).isFinite else {
        throw RequestError.malformed(
          "\(head.place), element \(offset / size)", found: "\(double)",
          expected: "a finite number, or NaN for a missing one")
      }
      if isNumeric ?? false {
        target.append(double)
      } else {
        target.append(double.isNaN ? RequestValues.empty : values.cell(number.text))
      }
    }
    if isNumeric ?? false { target.content = .numbers }
  }

  /// How many rows the columns have: all as many, or one.
  func countRows() throws -> Int {
    var rows = values.ids.map { $0.count / values.layout.slots }
    for (input, column) in zip(values.inputs, values.columns)
    where column.content != .nothing && !column.isShared {
      guard rows ?? column.count == column.count else {
        throw RequestError.malformed(
          "input \(quoted(input.name))", found: "\(column.count) rows",
          expected: "\(rows!), as others have, or one for all")
      }
      rows = column.count
    }
    return rows ?? 1
  }
}

extension TensorHead {
  /// Whether these are ids, or their values, in place of all inputs.
  fileprivate var isIDs: Bool { name == "ids" || name == "values" }
}
