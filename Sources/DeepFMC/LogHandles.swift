// swift-format-ignore-file: AlwaysUseLowerCamelCase
// The functions of deepfm.h have its names.

import CArrow
import CDeepFM
import DeepFMKit
import Features
import Inspection
import Logs
import Support

/// A log as C has it: some sources, or columns.
final class LogHandle: Sendable {
  let sources: [LogSource]
  let columns: ArrowColumns?

  init(_ sources: [LogSource]) { (self.sources, columns) = (sources, nil) }

  init(_ columns: ArrowColumns, name: String) {
    (sources, self.columns) = ([columns.log(named: name)], columns)
  }
}

/// A column as JSON has it.
private struct ColumnFacts: Encodable {
  var name: String
  var kind: Schema.Field.Kind
  /// Whether it is taken for the label where none is named.
  var isLabel: Bool

  enum CodingKeys: String, CodingKey {
    case name, kind
    case isLabel = "is_label"
  }
}

extension LogHandle {
  /// What the columns are and what they would be as fields; nil for files.
  ///
  /// - Throws: `UserError` for columns that cannot be read.
  fileprivate func facts() throws -> [ColumnFacts]? {
    guard let columns else { return nil }
    let lists = columns.rows > 0 ? try Schema.lists(in: sources[0]) : []
    let label = Schema.usualLabels.first(where: columns.names.contains)
    return zip(columns.names, columns.areMeasures).map { name, isMeasure in
      ColumnFacts(
        name: name,
        kind: isMeasure ? .numeric : lists.contains(name) ? .multivalued : .categorical,
        isLabel: name == label)
    }
  }
}

@c @implementation
public func deepfm_log_open(
  _ path: UnsafePointer<CChar>?, _ error: ErrorPlace?
) -> OpaquePointer? {
  catching(error) { try handle(LogHandle(LogSource.named([string(path, "path")]))) }
}

@c @implementation
public func deepfm_log_columns(
  _ name: UnsafePointer<CChar>?,
  _ streams: UnsafeMutablePointer<UnsafeMutablePointer<ArrowArrayStream>?>?, _ count: Int,
  _ error: ErrorPlace?
) -> OpaquePointer? {
  catching(error) {
    let name = name.map { String(cString: $0) } ?? "columns"
    let streams = (0..<count).compactMap { streams?[$0] }
    return try handle(LogHandle(ArrowColumns(streams, name: name), name: name))
  }
}

@c @implementation
public func deepfm_log_rows(_ log: OpaquePointer?) -> Int64 {
  guard let columns = log.flatMap({ object(LogHandle.self, $0).columns }) else { return -1 }
  return Int64(columns.rows)
}

@c @implementation
public func deepfm_log_columns_json(
  _ log: OpaquePointer?, _ error: ErrorPlace?
) -> UnsafeMutablePointer<CChar>? {
  catching(error) {
    try text(JSONText.line(required(LogHandle.self, log, "log").facts()))
  }
}

@c @implementation
public func deepfm_log_head(
  _ log: OpaquePointer?, _ limit: Int, _ error: ErrorPlace?
) -> UnsafeMutablePointer<CChar>? {
  catching(error) {
    let log = try required(LogHandle.self, log, "log")
    var lines: [UInt8] = []
    try LogLines.read(log.sources, columns: [], limit: limit == 0 ? nil : limit) { lines += $0 }
    return try text(String(decoding: lines, as: UTF8.self))
  }
}

@c @implementation
public func deepfm_log_free(_ log: OpaquePointer?) { free(LogHandle.self, log) }
