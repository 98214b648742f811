import Logs
import RequestLogs
import Support

/// Reads what became of rows: `{"id": "r1", "row": 0, "outcome": 1}`, or `{"feedback": [{…}, …]}`.
struct FeedbackReader {
  /// The most entries of a request.
  let limit: Int

  /// - Parameter bytes: the body; NUL stands behind it.
  /// - Throws: ``RequestError``.
  func read(_ bytes: UnsafeRawBufferPointer) throws -> [Feedback] {
    let body = try JSONBody(
      bytes.baseAddress!.assumingMemoryBound(to: UInt8.self), count: bytes.count)
    var all: [Feedback] = []
    var single = Entry()
    var isList = false
    try body.members { parser, key, place in
      guard parser.isKey(key, "feedback") else { return try single.member(&parser, key, place) }
      isList = true
      return try parser.list(at: place, "a list of feedback") { parser, place in
        guard all.count < limit else {
          throw RequestError.tooLarge("feedback: found more than \(limit), expected fewer")
        }
        guard parser.bytes[place] == UInt8(ascii: "{") else {
          throw JSONProblem(place: place, expected: "an object {…}")
        }
        var entry = Entry()
        let next = try parser.members(at: place) { try entry.member(&$0, $1, $2) }
        all.append(try entry.feedback("feedback \(all.count)"))
        return next
      }
    }
    if !isList { all.append(try single.feedback("feedback")) }
    return all
  }

  /// What was read of one.
  private struct Entry {
    private var id: String?
    private var outcome: Bool?
    private var read = Feedback(id: "", outcome: false)

    mutating func member(
      _ parser: inout JSONParser, _ key: JSONParser.Text, _ place: Int
    ) throws -> Int {
      if parser.isKey(key, "id") {
        let (text, next) = try parser.string(at: place, "the request's id in quotes")
        id = text
        return next
      }
      if parser.isKey(key, "event") {
        let (text, next) = try parser.string(at: place, "an event in quotes")
        guard Feedback.isEvent(text) else {
          throw JSONProblem(
            place: place, found: quoted(text),
            expected: "an event of at most 64 letters, digits, '.', '_' and '-'")
        }
        read.event = text
        return next
      }
      if parser.isKey(key, "outcome") {
        let next = try parser.literal(at: place)
        switch (parser.bytes[place], next - place) {
        case (UInt8(ascii: "1"), 1), (UInt8(ascii: "t"), _): outcome = true
        case (UInt8(ascii: "0"), 1), (UInt8(ascii: "f"), _): outcome = false
        default: throw JSONProblem(place: place, expected: "an outcome of 0 or 1, true or false")
        }
        return next
      }
      if parser.isKey(key, "propensity") {
        let next = try parser.literal(at: place)
        let text = UnsafeRawBufferPointer(start: parser.bytes + place, count: next - place)
        guard let number = parseNumber(text), number > 0, number <= 1 else {
          throw JSONProblem(place: place, expected: "a probability above 0, at most 1")
        }
        read.propensity = number
        return next
      }
      if parser.isKey(key, "row") { return try whole(&parser, place, \.row, 0...9_999_999) }
      if parser.isKey(key, "place") { return try whole(&parser, place, \.place, Feedback.places) }
      return try parser.skipValue(at: place, depth: 2)
    }

    private mutating func whole(
      _ parser: inout JSONParser, _ place: Int, _ path: WritableKeyPath<Feedback, Int?>,
      _ range: ClosedRange<Int>
    ) throws -> Int {
      let expected = "a whole number from \(range.lowerBound) to \(range.upperBound)"
      let (number, next) = try parser.whole(at: place, expected)
      guard range.contains(number) else { throw JSONProblem(place: place, expected: expected) }
      read[keyPath: path] = number
      return next
    }

    func feedback(_ place: String) throws -> Feedback {
      guard let id, !id.isEmpty, let outcome else {
        throw RequestError.malformed(
          place, found: outcome == nil ? "no outcome" : "no id",
          expected: #"{"id": "the request's", "outcome": 1}"#)
      }
      var feedback = read
      (feedback.id, feedback.outcome) = (id, outcome)
      return feedback
    }
  }
}
