import Foundation
import Logs
import Support

@testable import RequestLogs

/// A request with rows of a user's items.
func scored(
  _ id: String, time: Int64 = 0, arm: ScoredRequest.Arm = .stable, model: String = "clicks",
  items: [String] = ["a"], places: [Int] = []
) -> LogLine {
  var user = RawValues.Column(name: "user")
  user.append("u \"\(id)\"\n")
  var item = RawValues.Column(name: "item")
  for each in items { item.append(each) }
  return .scored(
    ScoredRequest(
      id: id, model: model, version: "3", arm: arm, unit: "u7", places: places, time: time,
      values: RawValues(rows: items.count, columns: [user, item]),
      probabilities: items.indices.map { Float($0 + 1) / 16 }))
}

/// What became of a row.
func feedback(
  _ id: String, _ outcome: Bool = true, row: Int? = nil, event: String = Feedback.click,
  place: Int? = nil, propensity: Double? = nil, time: Int64 = 0
) -> LogLine {
  var feedback = Feedback(id: id, row: row, outcome: outcome)
  (feedback.event, feedback.place, feedback.propensity) = (event, place, propensity)
  return .feedback(feedback, time: time)
}

/// The bytes of a log.
func log(_ lines: [LogLine]) -> [UInt8] {
  var bytes: [UInt8] = []
  for line in lines { line.write(to: &bytes) }
  return bytes
}

/// A folder of one test.
func temporaryFolder() throws -> String {
  let folder = FileManager.default.temporaryDirectory.path + "/requests-\(UUID().uuidString)"
  try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  return folder
}

/// Joins files of lines, and reads the rows back.
func joined(
  _ files: [[UInt8]], _ change: (inout RequestJoin.Options) -> Void = { _ in }
) throws -> (rows: [[String: Any]], summary: JoinSummary, text: String) {
  var options = RequestJoin.Options()
  options.until = .max / 2
  change(&options)
  let path = try temporaryFolder() + "/joined.jsonl"
  let logs = files.enumerated().map { LogSource.bytes($1, name: "log \($0)") }
  var summary = JoinSummary()
  try AtomicFile.write(to: path) { summary = try RequestJoin(logs, options).write(to: $0) }
  let text = try String(contentsOfFile: path, encoding: .utf8)
  let rows = try text.split(separator: "\n").map {
    try JSONSerialization.jsonObject(with: Data($0.utf8)) as! [String: Any]
  }
  return (rows, summary, text)
}

extension [String: Any] {
  func request(_ key: String) -> Any? { (self["request"] as? [String: Any])?[key] }
}
