/// What is wrong with a schema, and at which of its keys.
package struct KeyProblem: Error {
  package enum Step {
    case key(String)
    case index(Int)

    package init(_ key: any CodingKey) {
      self = key.intValue.map(Step.index) ?? .key(key.stringValue)
    }
  }

  package var path: [Step]
  package var found: String
  package var expected: String
  package var remedy: String

  package init(path: [Step], found: String, expected: String, remedy: String) {
    (self.path, self.found, self.expected, self.remedy) = (path, found, expected, remedy)
  }

  /// The problem as an error of a file, or of a schema made in code.
  package func error(in file: String, line: Int? = nil, column: Int? = nil) -> UserError {
    UserError(
      file, line: line, column: column, found: found, expected: expected, remedy: remedy)
  }
}
