import Logs
import Support

/// The first two passes: who said what of which row.
struct JoinPass {
  var summary = JoinSummary()
  /// The latest time in the log.
  private(set) var end = Int64.min
  /// How many whole lines each file had: a server may go on writing.
  private(set) var wholeLines: [Int] = []
  private let options: RequestJoin.Options
  private let ids: RecordSort<IDRecord>

  init(_ logs: [LogSource], _ options: RequestJoin.Options) throws {
    self.options = options
    ids = RecordSort(memory: options.memory / 2, spillingTo: options.folder)
    var ordinal: Int64 = 0
    for log in logs {
      var lines = 0
      try log.forEachLine { line, number, isWhole in
        guard isWhole else {
          summary.torn += 1
          return false
        }
        lines = number
        ordinal += 1
        if !line.isEmpty { try add(LoggedLine(line, of: log.name, number), ordinal) }
        return true
      }
      wholeLines.append(lines)
    }
    guard summary.requests > 0 else {
      throw UserError(
        logs.first?.name ?? "log", found: "no request", expected: "the log of a server (--log)",
        remedy: "check the path")
    }
  }

  private mutating func add(_ line: LoggedLine, _ ordinal: Int64) throws {
    let (isFeedback, id, time) = (try line.isFeedback, try line.text(.id), try line.time)
    end = max(end, time)
    var text = id
    let (high, low) = text.withUTF8 {
      (XXH64.hash(.init($0), seed: 1), XXH64.hash(.init($0), seed: 2))
    }
    var record = IDRecord(
      high: high, low: low, time: time, ordinal: ordinal, row: -1, place: -1, propensity: 0,
      kind: IDRecord.Kind.scored.rawValue)
    guard isFeedback else {
      summary.requests += 1
      if try line.text(.arm) == ScoredRequest.Arm.shadow.rawValue {
        summary.shadow += 1
        return
      }
      guard let rows = try line.whole(.rows, 1...Int(Int32.max)) else {
        throw line.wrong(.rows, "how many there are")
      }
      record.row = Int32(rows)
      return try ids.add(record)
    }
    summary.feedback += 1
    guard let event = options.events.firstIndex(of: try line.text(.event)) else {
      summary.otherEvents += 1
      return
    }
    guard let outcome = try line.whole(.outcome, 0...1) else {
      throw line.wrong(.outcome, "0 or 1")
    }
    record.kind = IDRecord.Kind.feedback.rawValue
    (record.event, record.outcome) = (UInt8(event), UInt8(outcome))
    record.row = try line.whole(.row, 0...Int(Int32.max)).map { Int32($0) } ?? -1
    record.place = try line.whole(.place, Feedback.places).map { Int32($0) } ?? -1
    record.propensity =
      try line.number(.propensity, in: 0...1, "a probability above 0, at most 1") ?? 0
    try ids.add(record)
  }

  /// A request as it was asked once or again and again, and what was said of its rows.
  private struct Asked {
    var last: IDRecord
    var rows: [Int32: RowRecord] = [:]
  }

  /// Puts feedback to its requests.
  ///
  /// - Returns: what is known of rows, in the order of the log.
  mutating func match() throws -> RecordSort<RowRecord>.Records {
    let known = RecordSort<RowRecord>(memory: options.memory / 2, spillingTo: options.folder)
    var sorted = try ids.sorted()
    var asked: Asked?
    func finish() throws {
      guard let asked else { return }
      for var row in asked.rows.values {
        row.ordinal = asked.last.ordinal
        try known.add(row)
      }
    }
    while let record = try sorted.next() {
      if let last = asked?.last, !last.isOfSameID(as: record) {
        try finish()
        asked = nil
      }
      if record.kind == IDRecord.Kind.feedback.rawValue {
        take(record, &asked)
      } else if let last = asked?.last, record.time - last.time <= options.window {
        // Asked again: what was answered last is what the client went on with.
        try known.add(RowRecord(ordinal: last.ordinal, row: -1))
        summary.repeated += 1
        asked!.last = record
      } else {
        try finish()
        asked = Asked(last: record)
      }
    }
    try finish()
    return try known.sorted()
  }

  private mutating func take(_ feedback: IDRecord, _ asked: inout Asked?) {
    guard let last = asked?.last else {
      summary.unmatched += 1
      return
    }
    guard feedback.time - last.time <= options.window else {
      summary.late += 1
      return
    }
    let row = feedback.row < 0 && last.row == 1 ? 0 : feedback.row
    guard 0..<last.row ~= row else {
      summary.noSuchRow += 1
      return
    }
    summary.matched += 1
    var known = asked!.rows[row] ?? RowRecord(ordinal: 0, row: row)
    let bit = UInt8(1) << feedback.event
    if known.told & bit != 0 { summary.doubled += 1 }
    known.told |= bit
    if feedback.outcome == 1 { known.happened |= bit }
    // Of places the last one counts.
    if feedback.place >= 0 { known.place = feedback.place }
    if feedback.propensity > 0 { known.propensity = feedback.propensity }
    asked!.rows[row] = known
  }
}
