import Logs
import NIOHTTP1
import Support

/// What a request of the Open Inference Protocol says of a tensor.
struct TensorHead {
  var name: String?
  /// The model's input of this name; nil where it has none.
  var index: Int?
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
  var tensors: [TensorHead] = []
  var id: String?
  var timeout: Int?
  var isBinary: Bool?
  var outputs = 0
  var wantsBinary = false

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
      places: try values.checkedPlaces(rows: rows),
      answer: .tensors(isBinary: outputs > 0 ? isBinary : wantsBinary))
  }

  mutating func readJSON(_ bytes: UnsafePointer<UInt8>, _ count: Int) throws {
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

  mutating func parameters(_ parser: inout JSONParser, at start: Int) throws -> Int {
    try object(&parser, at: start) { reader, parser, key, place in
      if parser.isKey(key, "timeout") {
        let (number, next) = try parser.whole(at: place, "microseconds as a whole number")
        reader.timeout = number == 0 ? nil : number
        return next
      }
      if parser.isKey(key, "place") { return try reader.values.readPlaces(&parser, at: place) }
      if parser.isKey(key, "binary_data_output") {
        let (truth, next) = try parser.truth(at: place)
        reader.wantsBinary = truth
        return next
      }
      return try parser.skipValue(at: place, depth: 2)
    }
  }

  mutating func output(_ parser: inout JSONParser, at start: Int) throws -> Int {
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

  mutating func input(_ parser: inout JSONParser, at start: Int) throws -> Int {
    guard tensors.count <= values.inputs.count + 2 else {
      throw RequestError.malformed(
        "inputs", found: "more of them than the model has",
        expected: "at most \(values.inputs.count)")
    }
    var head = TensorHead()
    let next = try object(&parser, at: start) { reader, parser, key, place in
      if parser.isKey(key, "name") {
        let (text, next) = try parser.string(at: place, "the input's name")
        // Most clients send inputs in the model's order.
        let (inputs, expected) = (reader.values.inputs, reader.tensors.count)
        let isExpected = expected < inputs.count && inputs[expected].name == text
        (head.name, head.index) = (text, isExpected ? expected : reader.values.index(of: text))
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

  func datatype(_ word: String, of head: TensorHead) throws -> Datatype {
    guard let datatype = Datatype(rawValue: word) else {
      throw RequestError.malformed(
        head.place, found: "datatype \(quoted(word))",
        expected: "one of \(listed(Datatype.allCases.map(\.rawValue)))")
    }
    return datatype
  }

  /// Walks an object; the closure has the reader, which the parser's own would not let be changed.
  mutating func object(
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
  mutating func readLate(_ index: Int, _ body: JSONBody) throws {
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
