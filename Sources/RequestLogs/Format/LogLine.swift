import Foundation
import Logs

/// A line of the log that a server keeps: JSON, the keys in this order, those left out that have no value.
///
/// ```
/// {"type":"scored","id":"r1","time":"2026-11-29T09:00:00.123Z","model":"clicks","version":"3","arm":"stable",
///  "unit":"u7","place":2,"rows":2,"probability":[0.03,0.27],
///  "shared":{"user":"7"},"instances":[{"item":"31","tags":["red","new"]},{"item":"8"}]}
/// {"type":"feedback","id":"r1","time":"…","row":1,"event":"click","outcome":1,"place":2,"propensity":0.25}
/// ```
///
/// `shared` and `instances` are what a request of rows has: the line can be asked again.
package enum LogLine {
  case scored(ScoredRequest)
  case feedback(Feedback, time: Int64)

  /// About how many bytes it takes.
  var size: Int { if case .scored(let request) = self { request.size } else { 256 } }

  /// Writes the line with its end.
  package func write(to bytes: inout [UInt8]) {
    switch self {
    case .scored(let request): Self.write(request, to: &bytes)
    case .feedback(let feedback, let time): Self.write(feedback, time, to: &bytes)
    }
  }

  private static func begin(
    _ type: StaticString, _ id: String, _ time: Int64, _ bytes: inout [UInt8]
  ) {
    bytes.append("{\"type\":\"")
    bytes.append(type)
    bytes.append("\",\"id\":")
    bytes.append(json: id)
    bytes.append(",\"time\":\"")
    LogTime.write(time, to: &bytes)
    bytes.append("\"")
  }

  private static func write(_ feedback: Feedback, _ time: Int64, to bytes: inout [UInt8]) {
    begin("feedback", feedback.id, time, &bytes)
    if let row = feedback.row { bytes.append(",\"row\":", "\(row)") }
    bytes.append(",\"event\":\"", feedback.event)
    bytes.append(feedback.outcome ? "\",\"outcome\":1" : "\",\"outcome\":0")
    if let place = feedback.place { bytes.append(",\"place\":", "\(place)") }
    if let propensity = feedback.propensity { bytes.append(",\"propensity\":", "\(propensity)") }
    bytes.append("}\n")
  }

  private static func write(_ request: ScoredRequest, to bytes: inout [UInt8]) {
    begin("scored", request.id, request.time, &bytes)
    bytes.append(",\"model\":")
    bytes.append(json: request.model)
    bytes.append(",\"version\":")
    bytes.append(json: request.version)
    bytes.append(",\"arm\":\"", request.arm.rawValue)
    bytes.append("\"")
    if let unit = request.unit {
      bytes.append(",\"unit\":")
      bytes.append(json: unit)
    }
    if request.places.count == 1 {
      bytes.append(",\"place\":", "\(request.places[0])")
    } else if request.places.count > 1 {
      bytes.append(",\"place\":")
      bytes.append(list: request.places) { $0.append(contentsOf: "\($1)".utf8) }
    }
    bytes.append(",\"rows\":", "\(request.values.rows)")
    bytes.append(",\"probability\":")
    bytes.append(list: request.probabilities) {
      $0.append(contentsOf: ($1.isFinite ? "\($1)" : "null").utf8)
    }
    write(request.values, to: &bytes)
    bytes.append("}\n")
  }

  private static func write(_ values: RawValues, to bytes: inout [UInt8]) {
    guard !values.columns.isEmpty else { return }
    let names = values.columns.map { column in
      var name: [UInt8] = []
      name.append(json: column.name)
      name.append(":")
      return name
    }
    func isShared(_ column: Int) -> Bool { values.rows > 1 && values.columns[column].count == 1 }
    let shared = values.columns.indices.filter(isShared)
    let each = values.columns.indices.filter { !isShared($0) }
    func object(_ columns: [Int], _ row: Int) {
      bytes.append("{")
      var isFirst = true
      for column in columns {
        let text = values.columns[column][row]
        if text.isEmpty { continue }
        if !isFirst { bytes.append(",") }
        isFirst = false
        bytes.append(contentsOf: names[column])
        text.withUnsafeBytes {
          $0.first == 0 ? bytes.append(jsonList: $0) : bytes.append(json: $0)
        }
      }
      bytes.append("}")
    }
    if !shared.isEmpty {
      bytes.append(",\"shared\":")
      object(shared, 0)
    }
    bytes.append(",\"instances\":[")
    for row in 0..<values.rows {
      if row > 0 { bytes.append(",") }
      object(each, row)
    }
    bytes.append("]")
  }
}

extension [UInt8] {
  package mutating func append(_ text: StaticString) {
    append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  fileprivate mutating func append(_ text: StaticString, _ more: String) {
    append(text)
    append(contentsOf: more.utf8)
  }

  /// Writes values of a list, each behind NUL, as JSON.
  fileprivate mutating func append(jsonList text: UnsafeRawBufferPointer) {
    append(UInt8(ascii: "["))
    for (index, value) in text.dropFirst().split(separator: 0).enumerated() {
      if index > 0 { append(UInt8(ascii: ",")) }
      append(json: UnsafeRawBufferPointer(rebasing: value))
    }
    append(UInt8(ascii: "]"))
  }

  fileprivate mutating func append<Value>(
    list values: [Value], _ write: (inout [UInt8], Value) -> Void
  ) {
    append(UInt8(ascii: "["))
    for (index, value) in values.enumerated() {
      if index > 0 { append(UInt8(ascii: ",")) }
      write(&self, value)
    }
    append(UInt8(ascii: "]"))
  }
}
