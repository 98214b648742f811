import Logs
import Support

/// A request's JSON: small values as Swift's, tensors' elements as cells.
struct JSONBody {
  var parser: JSONParser
  let count: Int

  /// - Parameter bytes: NUL stands behind them.
  /// - Throws: ``RequestError`` for what is no text.
  init(_ bytes: UnsafePointer<UInt8>, count: Int) throws {
    parser = JSONParser(bytes, spansLines: true)
    self.count = count
    if let bad = firstNonText(UnsafeRawBufferPointer(start: bytes, count: count)) {
      throw RequestError.malformed(
        "body, byte \(bad.offset + 1)", found: bad.isNUL ? "NUL" : "bytes that are no UTF-8",
        expected: "JSON in UTF-8")
    }
  }

  var bytes: UnsafePointer<UInt8> { parser.bytes }

  /// Walks the members of the object that the body is, and says where a mistake in it is.
  func members(_ member: (inout JSONParser, JSONParser.Text, Int) throws -> Int) throws {
    var parser = parser
    do {
      let start = parser.skipBlanks(0)
      guard bytes[start] == UInt8(ascii: "{") else {
        throw JSONProblem(place: start, expected: "an object {…}")
      }
      let end = parser.skipBlanks(try parser.members(at: start, member))
      guard end >= count else {
        throw JSONProblem(place: end, expected: "the end of the body")
      }
    } catch let problem as JSONProblem {
      throw error(problem)
    }
  }

  private func error(_ problem: JSONProblem) -> RequestError {
    let place = min(problem.place, count)
    let few = UnsafeBufferPointer(start: bytes + place, count: min(12, count - place))
    let found = few.isEmpty ? "its end" : quoted(String(decoding: few, as: UTF8.self))
    return .malformed(
      "body, byte \(place + 1)", found: problem.found ?? found, expected: problem.expected)
  }
}

extension JSONParser {
  /// Whether a key is this word.
  func isKey(_ key: Text, _ word: StaticString) -> Bool {
    key.count == word.utf8CodeUnitCount
      && UnsafeRawBufferPointer(start: bytes + key.start, count: key.count)
        .elementsEqual(UnsafeRawBufferPointer(start: word.utf8Start, count: key.count))
  }

  /// A string's text.
  func text(_ string: Text) throws -> String {
    guard string.hasEscapes else {
      return String(
        decoding: UnsafeBufferPointer(start: bytes + string.start, count: string.count),
        as: UTF8.self)
    }
    return try withUnsafeTemporaryAllocation(of: UInt8.self, capacity: string.count) { target in
      let end = try unescape(string, into: target.baseAddress!, at: 0)
      return String(decoding: target[..<end], as: UTF8.self)
    }
  }

  /// The string at a place, of a bounded length.
  func string(at place: Int, _ expected: String) throws -> (String, next: Int) {
    guard bytes[place] == UInt8(ascii: "\"") else {
      throw JSONProblem(place: place, expected: expected)
    }
    let string = try string(at: place)
    guard string.count <= 1024 else {
      throw JSONProblem(
        place: place, found: "\(string.count) bytes", expected: "at most 1024 bytes")
    }
    return (try text(string), string.next)
  }

  /// The whole number from 0 at a place.
  func whole(at place: Int, _ expected: String) throws -> (Int, next: Int) {
    let next = try literal(at: place)
    let digits = UnsafeBufferPointer(start: bytes + place, count: next - place)
    guard let number = Int(String(decoding: digits, as: UTF8.self)), number >= 0 else {
      throw JSONProblem(place: place, expected: expected)
    }
    return (number, next)
  }

  /// True or false at a place.
  func truth(at place: Int) throws -> (Bool, next: Int) {
    let next = try literal(at: place)
    guard bytes[place] == UInt8(ascii: "t") || bytes[place] == UInt8(ascii: "f") else {
      throw JSONProblem(place: place, expected: "true or false")
    }
    return (bytes[place] == UInt8(ascii: "t"), next)
  }

  /// Walks the elements of a list.
  mutating func list(
    at start: Int, _ expected: String, _ element: (inout JSONParser, Int) throws -> Int
  ) throws -> Int {
    guard bytes[start] == UInt8(ascii: "[") else {
      throw JSONProblem(place: start, expected: expected)
    }
    var place = skipBlanks(start + 1)
    if bytes[place] == UInt8(ascii: "]") { return place + 1 }
    while true {
      place = skipBlanks(try element(&self, place))
      if bytes[place] == UInt8(ascii: "]") { return place + 1 }
      guard bytes[place] == UInt8(ascii: ",") else {
        throw JSONProblem(place: place, expected: "a comma or ]")
      }
      place = skipBlanks(place + 1)
    }
  }
}

extension RequestValues {
  private static var one: Cell { constant("1") }
  private static var zero: Cell { constant("0") }

  private static func constant(_ word: StaticString) -> Cell {
    Cell(start: word.utf8Start, count: word.utf8CodeUnitCount)
  }

  /// The text of a string, number, true, false or null, as a log of JSON lines has it; and the byte behind it.
  func scalar(_ parser: JSONParser, at place: Int) throws -> (Cell, next: Int) {
    switch parser.bytes[place] {
    case UInt8(ascii: "\""):
      let string = try parser.string(at: place)
      guard string.hasEscapes else {
        return (Cell(start: parser.bytes + string.start, count: string.count), string.next)
      }
      let target = text.reserve(string.count)
      let count = try parser.unescape(string, into: target, at: 0)
      text.keep(count)
      return (Cell(start: target, count: count), string.next)
    case UInt8(ascii: "{"), UInt8(ascii: "["):
      throw JSONProblem(
        place: place, expected: "a string, a number, true, false or null")
    default:
      let next = try parser.literal(at: place)
      return switch parser.bytes[place] {
      case UInt8(ascii: "t"): (Self.one, next)
      case UInt8(ascii: "f"): (Self.zero, next)
      case UInt8(ascii: "n"): (Self.empty, next)
      default: (Cell(start: parser.bytes + place, count: next - place), next)
      }
    }
  }

  /// Values of a list as one cell, each behind NUL; empty ones are none.
  func joined(_ elements: UnsafeBufferPointer<Cell>) -> Cell {
    let target = text.reserve(elements.reduce(0) { $0 + $1.count + 1 } + 1)
    var used = 0
    for element in elements where element.count > 0 {
      target[used] = 0
      (target + used + 1).update(from: element.start, count: element.count)
      used += element.count + 1
    }
    text.keep(used)
    return Cell(start: target, count: used)
  }
}

extension JSONBody {
  /// The id of a request whose rest is not looked at; nil where there is none.
  static func id(_ bytes: UnsafeRawBufferPointer) -> String? {
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: bytes.count + 1) { copy in
      _ = copy.initialize(from: bytes)
      copy[bytes.count] = 0
      var id: String?
      try? JSONBody(copy.baseAddress!, count: bytes.count).members { parser, key, place in
        guard parser.isKey(key, "id") else { return try parser.skipValue(at: place, depth: 1) }
        let (text, next) = try parser.string(at: place, "the request's id in quotes")
        id = text
        return next
      }
      return id
    }
  }
}
