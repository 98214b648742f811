import Logs
import RequestLogs

extension RequestValues {
  /// Reads where rows are to be shown: a number, or a list of them.
  func readPlaces(_ parser: inout JSONParser, at start: Int) throws -> Int {
    places.removeAll()
    func read(_ parser: JSONParser, _ place: Int) throws -> Int {
      let expected = "a place from 0 to \(Feedback.places.upperBound)"
      let (number, next) = try parser.whole(at: place, expected)
      guard Feedback.places.contains(number), places.count < limits.rows else {
        throw JSONProblem(place: place, expected: expected)
      }
      places.append(number)
      return next
    }
    guard parser.bytes[start] == UInt8(ascii: "[") else { return try read(parser, start) }
    return try parser.list(at: start, "a list") { try read($0, $1) }
  }

  /// The places that were read.
  ///
  /// - Throws: ``RequestError`` where they are neither one nor as many as rows.
  func checkedPlaces(rows: Int) throws -> [Int] {
    guard places.count <= 1 || places.count == rows else {
      throw RequestError.malformed(
        "place", found: "\(places.count) places", expected: "one, or one for each of \(rows) rows")
    }
    return places
  }
}
