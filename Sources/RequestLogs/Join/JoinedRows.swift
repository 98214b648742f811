import Logs
import Support

/// The last pass: the rows of the log, each with what happened to it.
///
/// ```
/// {"click":1,"request":{"id":"r1","row":1,"time":"2026-11-29T09:00:00.123Z","model":"clicks","version":"3",
///  "arm":"stable","unit":"u7","place":2,"propensity":0.25,"probability":0.27},"user":"7","item":"8"}
/// ```
struct JoinedRows {
  private let options: RequestJoin.Options
  private let until: Int64
  private let file: AtomicFile
  /// What is known of the next row of which anything is.
  private var next: RowRecord?
  private var bytes: [UInt8] = []

  /// The column of what is known of a row's request.
  static let request = "request"

  init(_ options: RequestJoin.Options, until: Int64, _ file: AtomicFile, rows: RowRecord?) {
    (self.options, self.until, self.file, next) = (options, until, file, rows)
  }

  mutating func write(
    _ logs: [LogSource], wholeLines: [Int], _ known: inout RecordSort<RowRecord>.Records,
    _ summary: inout JoinSummary
  ) throws {
    for event in options.events { summary.happened[event] = 0 }
    var ordinal: Int64 = 0
    for (log, count) in zip(logs, wholeLines) where count > 0 {
      try log.forEachLine { line, number, _ in
        ordinal += 1
        var rows: [RowRecord] = []
        while let row = next, row.ordinal <= ordinal {
          if row.ordinal == ordinal { rows.append(row) }
          next = try known.next()
        }
        if !line.isEmpty {
          let line = try LoggedLine(line, of: log.name, number)
          if try !line.isFeedback { try write(line, rows, &summary) }
        }
        return number < count
      }
    }
    try flush()
  }

  private mutating func flush() throws {
    try bytes.withUnsafeBytes { try file.append($0) }
    bytes.removeAll(keepingCapacity: true)
  }

  private mutating func write(
    _ line: LoggedLine, _ known: [RowRecord], _ summary: inout JoinSummary
  ) throws {
    if try line.text(.arm) == ScoredRequest.Arm.shadow.rawValue { return }
    // Counted when it was found.
    if known.first?.row == -1 { return }
    if let models = options.models, try !models.contains(line.text(.model)) {
      summary.otherModels += 1
      return
    }
    let time = try line.time
    if let from = options.from, time < from {
      summary.before += 1
      return
    }
    guard time < until else {
      summary.open += 1
      return
    }
    let instances = try line.elements(.instances)
    guard !instances.isEmpty else {
      summary.withoutValues += 1
      return
    }
    let (probabilities, places) = (try line.elements(.probability), try line.elements(.place))
    guard probabilities.count == instances.count,
      places.count <= 1 || places.count == instances.count
    else {
      throw line.wrong(
        .instances, found: "\(instances.count)", "as many as probabilities and places")
    }
    let shared = try line[.shared].map { try members(of: line, line.range(of: $0)) } ?? []
    summary.joined += 1
    var rest = known[...]
    for (row, instance) in instances.enumerated() {
      let own = rest.first?.row == Int32(row) ? rest.popFirst() : nil
      if own == nil { summary.silentRows += 1 }
      if own == nil && options.leavesOutSilent { continue }
      summary.rows += 1
      bytes.append("{")
      for (index, event) in options.events.enumerated() {
        let happened = (own?.happened ?? 0) >> UInt8(index) & 1
        if happened == 1 { summary.happened[event]! += 1 }
        bytes.append(json: event)
        bytes.append(happened == 1 ? ":1," : ":0,")
      }
      try append(request: line, row, own, probabilities[row], places)
      bytes += shared
      bytes += try members(of: line, instance)
      bytes.append("}\n")
    }
    if bytes.count > 1 << 20 { try flush() }
  }

  private mutating func append(
    request line: LoggedLine, _ row: Int, _ known: RowRecord?, _ probability: Range<Int>,
    _ places: [Range<Int>]
  ) throws {
    func value(_ name: StaticString, _ text: UnsafeBufferPointer<UInt8>) {
      bytes.append(name)
      bytes.append(contentsOf: text)
    }
    bytes.append("\"request\":{")
    value("\"id\":", line[.id]!)
    bytes.append(",\"row\":")
    bytes.append(contentsOf: "\(row)".utf8)
    value(",\"time\":", line[.time]!)
    for (key, name) in [
      (.model, ",\"model\":"), (.version, ",\"version\":"), (.arm, ",\"arm\":"),
      (.unit, ",\"unit\":"),
    ] as [(LoggedLine.Key, StaticString)] {
      if let text = line[key] { value(name, text) }
    }
    if let place = known?.place, place >= 0 {
      bytes.append(",\"place\":")
      bytes.append(contentsOf: "\(place)".utf8)
    } else if !places.isEmpty {
      value(",\"place\":", line.bytes(places[places.count == 1 ? 0 : row]))
    }
    if let propensity = known?.propensity, propensity > 0 {
      bytes.append(",\"propensity\":")
      bytes.append(contentsOf: "\(propensity)".utf8)
    }
    value(",\"probability\":", line.bytes(probability))
    bytes.append("}")
  }

  /// The members of an object as they stand there, a comma before each.
  private func members(of line: LoggedLine, _ object: Range<Int>) throws -> [UInt8] {
    var members: [UInt8] = []
    try line.members(of: object) { key, member in
      let name = String(decoding: key, as: UTF8.self)
      guard name != Self.request, !options.events.contains(name) else {
        throw line.error(
          at: member.lowerBound, found: "an input \(quoted(name))",
          "inputs with other names than \(listed([Self.request] + options.events))")
      }
      members.append(UInt8(ascii: ","))
      members.append(contentsOf: line.bytes(member))
    }
    return members
  }
}

extension LoggedLine {
  fileprivate func bytes(_ range: Range<Int>) -> UnsafeBufferPointer<UInt8> {
    UnsafeBufferPointer(start: bytes + range.lowerBound, count: range.count)
  }

  fileprivate func range(of value: UnsafeBufferPointer<UInt8>) -> Range<Int> {
    let start = value.baseAddress! - bytes
    return start..<start + value.count
  }
}
