import DeepFMKit

/// A log format that a program brings. Columns of fixed width: each begins where its name begins in the first line.
struct FixedWidth: RecordFormat {
  let name = "fixed-width"
  let endings = ["fwf"]

  func open(_ log: LogHead, _ request: ColumnRequest) throws -> LogParser {
    let header = Array(log.firstLine.utf8)
    let starts = header.indices.filter { header[$0] != 0x20 && ($0 == 0 || header[$0 - 1] == 0x20) }
    let names = starts.map { String(decoding: header[$0...].prefix { $0 != 0x20 }, as: UTF8.self) }
    return LogParser(columns: names, hasHeader: true) { line, append throws(RecordProblem) in
      guard line.count > starts.last ?? 0 else {
        throw RecordProblem(
          found: "\(line.count) characters", expected: "more than \(starts.last ?? 0)",
          remedy: "complete or delete the line")
      }
      for (start, next) in zip(starts, starts.dropFirst() + [line.count]) {
        let cell = line[start..<next]
        let first = cell.firstIndex { $0 != 0x20 } ?? next
        append(first..<(cell.lastIndex { $0 != 0x20 }.map { $0 + 1 } ?? first))
      }
    }
  }
}
