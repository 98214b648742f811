import Support

extension CSVText {
  /// Writes the log to a file, whole or not at all.
  /// - Throws: ``UserError`` if the file cannot be written.
  public func write(to path: String) throws {
    try AtomicFile.write(text, to: path)
  }
}
