import SystemPackage

/// What a user has to know of a failure, in one line: where, what was found, what was expected, what to
/// do about it. Thrown for logs, settings, files and places alike.
public struct UserError: Error, Hashable, Sendable, Codable, CustomStringConvertible {
  /// The file, or the name of a log in memory.
  public var file: String
  /// The line, counted from 1, where one can be named.
  public var line: Int?
  /// The byte within the line, counted from 1, where one can be named.
  public var column: Int?
  /// What was found.
  public var found: String
  /// What was expected in its place.
  public var expected: String
  /// What to do about it.
  public var remedy: String

  /// An error at a place of a file.
  public init(
    _ file: String, line: Int? = nil, column: Int? = nil,
    found: String, expected: String, remedy: String
  ) {
    self.file = file
    self.line = line
    self.column = column
    self.found = found
    self.expected = expected
    self.remedy = remedy
  }

  /// `file:line:column: found …, expected …; do …`
  public var description: String {
    let place = [file, line.map(String.init), column.map(String.init)].compactMap { $0 }
    return "\(place.joined(separator: ":")): found \(found), expected \(expected); \(remedy)"
  }
}

/// Calls `body`, and gives what the system refuses in it the words that `failure` finds for its reason.
package func explaining<Result>(
  _ failure: (Errno) -> UserError, _ body: () throws -> Result
) throws -> Result {
  do {
    return try body()
  } catch let reason as Errno {
    throw failure(reason)
  }
}

extension UserError {
  /// A failed call of the system on a file.
  package init(_ file: String, _ reason: Errno, expected: String, remedy: String) {
    self.init(file, found: "\(reason)".lowercased(), expected: expected, remedy: remedy)
  }

  /// A file that the system will not read.
  package static func unreadable(_ file: String, _ reason: Errno) -> UserError {
    UserError(
      file, reason, expected: "a readable file", remedy: "check the path and its permissions")
  }

  /// A file that the system will not write.
  package static func unwritable(_ file: String, _ reason: Errno) -> UserError {
    UserError(
      file, reason, expected: "a file that can be written",
      remedy: "check the folder, its permissions and the disk's space")
  }
}
