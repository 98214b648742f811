import Logs
import NIOHTTP1
import Support

/// What a request of the Open Inference Protocol says of a tensor.
private struct TensorHead {
  var name: String?
  var datatype: Datatype?
  var shape: [Int]?
  /// The bytes of its elements behind the JSON; nil where they stand in it.
  var binarySize: Int?
  /// Where its elements begin in the JSON.
  var data: Int?
  var isRead = false

  /// How errors call it.
  var place: String { "input \(quoted(name ?? ""))" }
}

/// The output of every model.
enum ModelOutput {
  static let name = "probability"
}

/// Reads a request of the Open Inference Protocol, in JSON or with binary tensors behind it.
struct OpenInferenceReader {
  let values: RequestValues
  private var tensors: [TensorHead] = []
  private var id: String?
  private var timeout: Int?
  private var isBinary: Bool?
  private var outputs = 0
  private var wantsBinary = false

  init(into values: RequestValues) { self.values = values }

  /// - Parameters:
  ///   - bytes: the body; NUL stands behind it.
  ///   - header: the length of the JSON; nil where it is all there is.
  /// - Throws: ``RequestError``, or `UserError` for a value.
  mutating func read(_ bytes: UnsafeRawBufferPointer, header: Int?) throws -> DecodedRequest {
    let length = header ?? bytes.count
    guard 0 <= length, length <= bytes.count else {
      throw RequestError.malformed(
        "Inference-Header-Content-Length", found: "\(length)",
        expected: "at most the body's \(bytes.count) bytes")
    }
    // Behind the JSON of a binary request stand tensors: NUL has to stand there for the parser.
    if length < bytes.count {
      let copy = values.text.reserve(length + 1)
      copy.update(
        from: bytes.baseAddress!.assumingMemoryBound(to: UInt8.self), count: length)
      copy[length] = 0
      values.text.keep(length + 1)
      try readJSON(UnsafePointer(copy), length)
    } else {
      try readJSON(bytes.baseAddress!.assumingMemoryBound(to: UInt8.self), length)
    }
    try readBinary(UnsafeRawBufferPointer(rebasing: bytes[length...]))
    try values.checkIDs()
    let rows = try countRows()
    let (batch, statistics) = try values.encode(rows: rows, missingAllowed: false)
    return DecodedRequest(
      id: id, batch: batch, statistics: statistics, timeout: timeout,
      answer: .tensors(isBinary: outputs > 0 ? isBinary : wantsBinary))
  }

  private mutating func readJSON(_ bytes: UnsafePointer<UInt8>, _ count: Int) throws {
    let body = try JSONBody(bytes, count: count)
    var reader = self
    defer { self = reader }
    try body.members { parser, key, place in
      if parser.isKey(key, "id") {
        let (text, next) = try parser.string(at: place, "the request's id in quotes")
        reader.id = text
        return next
      }
      if parser.isKey(key, "parameters") { return try reader.parameters(&parser, at: place) }
      if parser.isKey(key, "inputs") {
        return try parser.list(at: place, "a list of inputs") { try reader.input(&$0, at: $1) }
      }
      if parser.isKey(key, "outputs") {
        return try parser.list(at: place, "a list of outputs") { try reader.output(&$0, at: $1) }
      }
      return try parser.skipValue(at: place, depth: 1)
    }
    for index in reader.tensors.indices where !reader.tensors[index].isRead {
      try reader.readLate(index, body)
    }
  }

  private mutating func parameters(_ parser: inout JSONParser, at start: Int) throws -> Int {
    try object(&parser, at: start) { reader, parser, key, place in
      if parser.isKey(key, "timeout") {
        let (number, next) = try parser.whole(at: place, "microseconds as a whole number")
        reader.timeout = number == 0 ? nil : number
        return next
      }
      if parser.isKey(key, "binary_data_output") {
        let (truth, next) = try parser.truth(at: place)
        reader.wantsBinary = truth
        return next
      }
      return try parser.skipValue(at: place, depth: 2)
    }
  }

  private mutating func output(_ parser: inout JSONParser, at start: Int) throws -> Int {
    var name = ""
    var binary = wantsBinary
    let next = try object(&parser, at: start) { _, parser, key, place in
      if parser.isKey(key, "name") {
        let (text, next) = try parser.string(at: place, "the output's name")
        name = text
        return next
      }
      guard parser.isKey(key, "parameters"), parser.bytes[place] == UInt8(ascii: "{") else {
        return try parser.skipValue(at: place, depth: 3)
      }
      return try parser.members(at: place) { parser, key, place in
        if parser.isKey(key, "binary_data") {
          let (truth, next) = try parser.truth(at: place)
          binary = truth
          return next
        }
        if parser.isKey(key, "classification") {
          throw RequestError.malformed(
            "output", found: "a wish for classes", expected: "none: the output is a probability")
        }
        return try parser.skipValue(at: place, depth: 4)
      }
    }
    guard name == ModelOutput.name else {
      throw RequestError.malformed(
        "outputs", found: "an output \(quoted(name))", expected: quoted(ModelOutput.name))
    }
    (outputs, isBinary) = (outputs + 1, binary)
    return next
  }

  private mutating func input(_ parser: inout JSONParser, at start: Int) throws -> Int {
    guard tensors.count <= values.inputs.count + 2 else {
      throw RequestError.malformed(
        "inputs", found: "more of them than the model has",
        expected: "at most \(values.inputs.count)")
    }
    var head = TensorHead()
    let next = try object(&parser, at: start) { reader, parser, key, place in
      if parser.isKey(key, "name") {
        let (text, next) = try parser.string(at: place, "the input's name")
        head.name = text
        return next
      }
      if parser.isKey(key, "datatype") {
        let (text, next) = try parser.string(at: place, "the input's datatype")
        head.datatype = try reader.datatype(text, of: head)
        return next
      }
      if parser.isKey(key, "shape") {
        var shape: [Int] = []
        let next = try parser.list(at: place, "a shape as in [100] or [100, 1]") {
          let (size, next) = try $0.whole(at: $1, "a size")
          shape.append(size)
          guard shape.count <= 2 else {
            throw JSONProblem(place: $1, found: "a third dimension", expected: "one or two")
          }
          return next
        }
        head.shape = shape
        return next
      }
      if parser.isKey(key, "data") {
        head.data = place
        guard head.name != nil, head.datatype != nil, head.shape != nil else {
          return try parser.skipValue(at: place, depth: 3)
        }
        head.isRead = true
        return try reader.elements(of: head, &parser)
      }
      guard parser.isKey(key, "parameters"), parser.bytes[place] == UInt8(ascii: "{") else {
        return try parser.skipValue(at: place, depth: 3)
      }
      return try parser.members(at: place) { parser, key, place in
        if parser.isKey(key, "binary_data_size") {
          let (size, next) = try parser.whole(at: place, "a number of bytes")
          head.binarySize = size
          return next
        }
        if parser.isKey(key, "shared_memory_region") {
          throw RequestError.malformed(
            "input", found: "shared memory", expected: "data in the request")
        }
        return try parser.skipValue(at: place, depth: 4)
      }
    }
    tensors.append(head)
    return next
  }

  private func datatype(_ word: String, of head: TensorHead) throws -> Datatype {
    guard let datatype = Datatype(rawValue: word) else {
      throw RequestError.malformed(
        head.place, found: "datatype \(quoted(word))",
        expected: "one of \(listed(Datatype.allCases.map(\.rawValue)))")
    }
    return datatype
  }

  /// Walks an object; the closure has the reader, which the parser's own would not let be changed.
  private mutating func object(
    _ parser: inout JSONParser, at start: Int,
    _ member: (inout OpenInferenceReader, inout JSONParser, JSONParser.Text, Int) throws -> Int
  ) throws -> Int {
    guard parser.bytes[start] == UInt8(ascii: "{") else {
      throw JSONProblem(place: start, expected: "an object {…}")
    }
    var reader = self
    defer { self = reader }
    return try parser.members(at: start) { try member(&reader, &$0, $1, $2) }
  }

  /// Reads the elements of a tensor whose head stood behind them, or that has none in the JSON.
  private mutating func readLate(_ index: Int, _ body: JSONBody) throws {
    let head = tensors[index]
    guard head.name != nil, head.datatype != nil, head.shape != nil else {
      throw RequestError.malformed(
        head.place, found: "no name, datatype or shape", expected: "all three")
    }
    guard head.data != nil else {
      if head.binarySize != nil { return }
      throw RequestError.malformed(
        head.place, found: "no data", expected: "data, or binary_data_size in its parameters")
    }
    var parser = body.parser
    _ = try elements(of: head, &parser)
    tensors[index].isRead = true
  }
}

// MARK: Elements

extension OpenInferenceReader {
  /// Reads a tensor's elements in JSON, flat or nested as its shape is.
  private func elements(of head: TensorHead, _ parser: inout JSONParser) throws -> Int {
    guard head.binarySize == nil else {
      throw RequestError.malformed(
        head.place, found: "data and binary_data_size", expected: "one of them")
    }
    let (target, shape) = (try target(of: head), head.shape!)
    let place = head.data!
    let inner = parser.skipBlanks(place + 1)
    let isNested = parser.bytes[inner] == UInt8(ascii: "[")
    let next = try parser.list(at: place, "a list") { parser, place in
      guard isNested, shape.count == 2 else {
        return try element(parser, at: place, head, into: target)
      }
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

  @inline(__always)
  private func element(
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
  private func target(of head: TensorHead) throws -> ValueColumn {
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
    guard let index = values.index(of: head.name!) else {
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

  private func idTarget(_ head: TensorHead, _ width: Int) throws -> ValueColumn {
    let slots = values.layout.slots
    guard width == slots else {
      throw RequestError.malformed(
        head.place, found: "\(width) numbers a row", expected: "\(slots), one a slot")
    }
    values.elements.removeAll()
    return values.elements
  }

  /// Puts what was read where it belongs, once all of it is there.
  private func finish(_ head: TensorHead, _ target: ValueColumn) throws {
    let shape = head.shape!
    let (rows, width) = (shape[0], shape.count == 2 ? shape[1] : 1)
    let (expected, isTooMuch) = rows.multipliedReportingOverflow(by: width)
    guard !isTooMuch, target.count == expected else {
      throw RequestError.malformed(
        head.place, found: "\(target.count) elements",
        expected: "as many as shape \(shape) has")
    }
    guard let index = values.index(of: head.name!) else { return try values.takeIDs(head.name!) }
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
  private mutating func readBinary(_ bytes: UnsafeRawBufferPointer) throws {
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

  private func readTexts(
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

  private func readNumbers(
    _ bytes: UnsafeRawBufferPointer, _ head: TensorHead, into target: ValueColumn
  ) throws {
    let (datatype, size) = (head.datatype!, head.datatype!.size!)
    guard bytes.count % size == 0 else {
      throw RequestError.malformed(
        head.place, found: "\(bytes.count) bytes", expected: "\(size) an element")
    }
    let index = values.index(of: head.name!)
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
  private func countRows() throws -> Int {
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
