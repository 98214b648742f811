import Support

/// What is wrong with the bytes of a Parquet file, before it is known where they stand.
struct ParquetProblem: Error {
  var found: String
  var expected: String
  var remedy = "the file is damaged or cut short: write or copy it again"

  init(_ found: String, expected: String) { (self.found, self.expected) = (found, expected) }

  init(_ found: String, expected: String, remedy: String) {
    (self.found, self.expected, self.remedy) = (found, expected, remedy)
  }

  /// Bytes that end inside of what they hold.
  static func cutShort(_ what: String) -> ParquetProblem {
    ParquetProblem("the end of \(what)", expected: "more bytes")
  }

  func error(in place: String) -> UserError {
    UserError(place, found: found, expected: expected, remedy: remedy)
  }
}

/// Calls `body`, and says of what is wrong in it where that is.
func placing<Result>(_ place: @autoclosure () -> String, _ body: () throws -> Result) throws
  -> Result
{
  do {
    return try body()
  } catch let problem as ParquetProblem {
    throw problem.error(in: place())
  }
}
