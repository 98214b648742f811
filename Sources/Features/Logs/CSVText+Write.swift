import Glibc

extension CSVText {
  /// Writes the log to a file, whole or not at all.
  /// - Throws: ``InputError`` if the file cannot be written.
  public func write(to path: String) throws {
    let partial = path + ".partial"
    let file = fopen(partial, "w")
    var text = text
    let isWritten =
      file != nil && text.withUTF8 { fwrite($0.baseAddress, 1, $0.count, file) == $0.count }
    let isClosed = file.map { fclose($0) == 0 } ?? false
    guard isWritten && isClosed && rename(partial, path) == 0 else {
      let reason = String(cString: strerror(errno)).lowercased()
      unlink(partial)
      throw InputError(
        path, found: reason, expected: "a file that can be written",
        remedy: "check the folder, its permissions and the space left")
    }
  }
}
