import Glibc
import Support

extension LogSource {
  /// Refuses logs of one command that cannot all be read, and places of its results that would be written
  /// over one of them.
  ///
  /// - Parameter results: the paths of files that the command writes.
  /// - Throws: ``UserError`` for what gives its rows once and is named twice, and for a result that is a log,
  ///   whatever it is called: files are compared, not names.
  package static func check(_ logs: [LogSource], apartFrom results: [String] = []) throws {
    for (index, log) in logs.enumerated() where log.isStream && logs[..<index].contains(log) {
      throw UserError(
        log.name, found: "the same stream twice", expected: "once, as its rows come",
        remedy: "write them to a file, and name that")
    }
    for result in results {
      var place = stat()
      guard stat(result, &place) == 0, place.st_mode & S_IFMT == S_IFREG else { continue }
      guard let log = logs.first(where: { $0.isFile(place) }) else { continue }
      throw UserError(
        result, found: "the log that is read (\(log.name))", expected: "another file for a result",
        remedy: "choose another name: its rows would be lost")
    }
  }

  /// What makes rows count twice, a note each: a file that is named twice for one part, or for training and for
  /// another part, whose measures then say nothing of rows that are new. Files are compared, not names.
  package static func repetitions(
    training: [LogSource], validation: [LogSource], test: [LogSource]
  ) -> [String] {
    var notes: [String] = []
    for (part, logs) in [("training", training), ("validation", validation), ("test", test)] {
      for (index, log) in logs.enumerated() where log.isAmong(logs[..<index]) {
        notes.append(
          "\(log.name) is named twice: its rows count double"
            + (part == "training" ? ", and are in several parts where rows are split" : ""))
      }
      guard part != "training" else { continue }
      for log in logs where log.isAmong(training[...]) {
        notes.append(
          "\(log.name) is a training log too: the \(part) measures say nothing of rows that are new"
        )
      }
    }
    return notes
  }

  private func isAmong(_ logs: ArraySlice<LogSource>) -> Bool {
    guard case .file = kind else { return false }
    var own = stat()
    guard stat(name, &own) == 0, own.st_mode & S_IFMT == S_IFREG else { return false }
    return logs.contains { $0.isFile(own) }
  }

  /// Whether its bytes are those of a file.
  private func isFile(_ file: stat) -> Bool {
    var own = stat()
    let isThere =
      switch kind {
      case .file: stat(name, &own) == 0
      case .standardInput: fstat(STDIN_FILENO, &own) == 0
      case .stream, .memory, .columns: false
      }
    return isThere && own.st_dev == file.st_dev && own.st_ino == file.st_ino
  }
}
