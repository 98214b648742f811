/// What is wrong with a schema, and at which of its keys.
struct SchemaProblem: Error {
  enum Step {
    case key(String)
    case index(Int)

    init(_ key: any CodingKey) {
      self = key.intValue.map(Step.index) ?? .key(key.stringValue)
    }
  }

  var path: [Step]
  var found: String
  var expected: String
  var remedy: String

  /// The problem as an error of a file, or of a schema made in code.
  func error(in file: String, line: Int? = nil, column: Int? = nil) -> InputError {
    InputError(
      file, line: line, column: column, found: found, expected: expected, remedy: remedy)
  }
}
