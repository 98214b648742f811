import Logs
import Support

/// A line of the log of requests as it is read: where its values are, each looked at when it is wanted.
struct LoggedLine {
  private let parser: JSONParser
  let bytes: UnsafePointer<UInt8>
  private let name: String
  private let number: Int
  private var places = [Range<Int>?](repeating: nil, count: Key.allCases.count)

  enum Key: Int, CaseIterable {
    case type, id, time, model, version, arm, unit, place, rows, probability, shared, instances
    case row, event, outcome, propensity

    /// Keys in the order in which lines have them are found at once.
    static let names = allCases.map { Array("\($0)".utf8) }
  }

  /// - Parameters:
  ///   - line: a line end or NUL stands behind it.
  ///   - name: of its file.
  /// - Throws: `UserError` for what is no JSON object in UTF-8.
  init(_ line: UnsafeRawBufferPointer, of name: String, _ number: Int) throws {
    bytes = line.baseAddress!.assumingMemoryBound(to: UInt8.self)
    (parser, self.name, self.number) = (JSONParser(bytes), name, number)
    if let bad = firstNonText(line) {
      throw error(
        at: bad.offset, found: bad.isNUL ? "NUL" : "bytes that are no UTF-8", "JSON in UTF-8")
    }
    do {
      var walker = parser
      let start = walker.skipBlanks(0)
      guard bytes[start] == UInt8(ascii: "{") else {
        throw JSONProblem(place: start, expected: "an object {…}")
      }
      var places = places
      var expected = 0
      let end = try walker.members(at: start) { parser, key, place in
        let next = try parser.skipValue(at: place, depth: 1)
        let text = UnsafeBufferPointer(start: parser.bytes + key.start, count: key.count)
        let count = Key.names.count
        for offset in 0..<count where Key.names[(expected + offset) % count].elementsEqual(text) {
          expected = (expected + offset) % count
          places[expected] = place..<next
          break
        }
        return next
      }
      self.places = places
      let behind = walker.skipBlanks(end)
      guard behind >= line.count else {
        throw JSONProblem(place: behind, expected: "the end of the line")
      }
    } catch let problem as JSONProblem {
      throw error(at: problem.place, found: problem.found, problem.expected)
    }
  }

  /// The bytes of a value as they stand there; nil where there is none.
  subscript(key: Key) -> UnsafeBufferPointer<UInt8>? {
    places[key.rawValue].map { UnsafeBufferPointer(start: bytes + $0.lowerBound, count: $0.count) }
  }

  // MARK: Values

  var isFeedback: Bool {
    get throws {
      switch try text(.type) {
      case "scored": return false
      case "feedback": return true
      case let other:
        throw wrong(.type, found: quoted(other), "scored or feedback")
      }
    }
  }

  /// Of a text that has to be there.
  func text(_ key: Key) throws -> String {
    guard let place = places[key.rawValue], bytes[place.lowerBound] == UInt8(ascii: "\"") else {
      throw wrong(key, "a text")
    }
    do {
      let string = try parser.string(at: place.lowerBound)
      return try withUnsafeTemporaryAllocation(of: UInt8.self, capacity: max(string.count, 1)) {
        let end = try parser.unescape(string, into: $0.baseAddress!, at: 0)
        return String(decoding: $0[..<end], as: UTF8.self)
      }
    } catch let problem as JSONProblem {
      throw error(at: problem.place, found: problem.found, problem.expected)
    }
  }

  /// A number; nil where there is none.
  func number(_ key: Key, in range: ClosedRange<Double>, _ expected: String) throws -> Double? {
    guard let bytes = self[key] else { return nil }
    guard let number = parseNumber(UnsafeRawBufferPointer(bytes)), range.contains(number) else {
      throw wrong(key, expected)
    }
    return number
  }

  /// A whole number; nil where there is none.
  func whole(_ key: Key, _ range: ClosedRange<Int>) throws -> Int? {
    let expected = "a whole number from \(range.lowerBound) to \(range.upperBound)"
    let bounds = Double(range.lowerBound)...Double(range.upperBound)
    guard let number = try number(key, in: bounds, expected) else { return nil }
    guard let whole = Int(exactly: number) else { throw wrong(key, expected) }
    return whole
  }

  /// Milliseconds since 1970.
  var time: Int64 {
    get throws {
      guard let text = self[.time], text.count > 2,
        let time = LogTime.milliseconds(
          UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(text)[1..<text.count - 1]))
      else { throw wrong(.time, "a time as in \"2026-11-29T09:00:00.123Z\"") }
      return time
    }
  }

  /// Where the elements of a list begin and end; of what is no list, itself.
  func elements(_ key: Key) throws -> [Range<Int>] {
    guard let place = places[key.rawValue] else { return [] }
    guard bytes[place.lowerBound] == UInt8(ascii: "[") else { return [place] }
    var elements: [Range<Int>] = []
    var walker = parser
    var next = walker.skipBlanks(place.lowerBound + 1)
    while bytes[next] != UInt8(ascii: "]") {
      let end = try walker.skipValue(at: next, depth: 2)
      elements.append(next..<end)
      next = walker.skipBlanks(end)
      if bytes[next] == UInt8(ascii: ",") { next = walker.skipBlanks(next + 1) }
    }
    return elements
  }

  /// Calls `body` with the keys of an object, escapes and all, and the members' places.
  func members(
    of object: Range<Int>, _ body: (UnsafeBufferPointer<UInt8>, Range<Int>) throws -> Void
  )
    throws
  {
    guard bytes[object.lowerBound] == UInt8(ascii: "{") else {
      throw error(at: object.lowerBound, "an object {…}")
    }
    var walker = parser
    _ = try walker.members(at: object.lowerBound) { parser, key, place in
      let next = try parser.skipValue(at: place, depth: 2)
      try body(
        UnsafeBufferPointer(start: parser.bytes + key.start, count: key.count), key.start - 1..<next
      )
      return next
    }
  }

  // MARK: Errors

  func wrong(_ key: Key, found: String? = nil, _ expected: String) -> UserError {
    guard let place = places[key.rawValue] else {
      return error(at: 0, found: "no \(quoted("\(key)"))", expected)
    }
    return error(at: place.lowerBound, found: found, "\(expected) as \(quoted("\(key)"))")
  }

  func error(at place: Int, found: String? = nil, _ expected: String) -> UserError {
    let few = UnsafeBufferPointer(start: bytes + place, count: 12).prefix { $0 >= 0x20 }
    return UserError(
      name, line: number, column: place + 1,
      found: found
        ?? (few.isEmpty ? "the end of the line" : quoted(String(decoding: few, as: UTF8.self))),
      expected: expected, remedy: "correct or delete the line")
  }
}
