import Support

/// Results for programs: one JSON value a line on standard output.
enum JSONLine {
  /// Prints a value, at once even into a pipe.
  static func print(_ value: some Encodable) throws {
    try StandardStream.output.writeChecked(JSONText.line(value))
  }
}
