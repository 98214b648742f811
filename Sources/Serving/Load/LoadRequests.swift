import Foundation
import NIOCore
import Support

/// Requests of a log's rows, whole ones with their heads.
package struct LoadRequests {
  /// How the rows are written.
  package enum Form: String, CaseIterable, Sendable {
    /// `POST /v1/models/M:predict`
    case rows
    /// `POST /v2/models/M/infer`
    case json
    /// The same, with binary tensors.
    case binary
  }

  /// An input of a model, and whether its values are numbers.
  package struct Input: Sendable {
    package let name: String
    package let isNumber: Bool

    package init(name: String, isNumber: Bool) { (self.name, self.isNumber) = (name, isNumber) }
  }

  private let host: String
  private let model: String
  private let token: String?

  /// - Parameter token: what each request brings; nil for nothing.
  package init(host: String, model: String, token: String?) {
    (self.host, self.model, self.token) = (host, model, token)
  }

  /// A request of some rows.
  ///
  /// - Parameters:
  ///   - rows: of each a value an input, "" for a missing one.
  ///   - shared: the inputs whose value is that of the first row in all.
  package func request(
    _ inputs: [Input], _ rows: [[String]], shared: Set<String>, _ form: Form
  ) throws -> ByteBuffer {
    switch form {
    case .rows:
      func object(_ row: [String], _ isShared: Bool) throws -> String {
        let members = try inputs.indices
          .filter { shared.contains(inputs[$0].name) == isShared && !row[$0].isEmpty }
          .map { "\(try json(inputs[$0].name)):\(try value(row[$0], inputs[$0]))" }
        return "{\(members.joined(separator: ","))}"
      }
      let some = shared.isEmpty ? "" : "\"shared\":\(try object(rows[0], true)),"
      let instances = try rows.map { try object($0, false) }.joined(separator: ",")
      return head(
        "/v1/models/\(model):predict", [UInt8]("{\(some)\"instances\":[\(instances)]}".utf8))
    case .json:
      let tensors = try inputs.indices.map { input in
        let values = self.values(rows, input, shared.contains(inputs[input].name))
        let data = try values.map { try value($0, inputs[input]) }.joined(separator: ",")
        return "{\"name\":\(try json(inputs[input].name)),"
          + "\"datatype\":\"\(inputs[input].isNumber ? "FP64" : "BYTES")\","
          + "\"shape\":[\(values.count)],\"data\":[\(data)]}"
      }
      return head(
        "/v2/models/\(model)/infer",
        [UInt8]("{\"inputs\":[\(tensors.joined(separator: ","))]}".utf8))
    case .binary:
      var data: [UInt8] = []
      let tensors = try inputs.indices.map { input in
        let values = self.values(rows, input, shared.contains(inputs[input].name))
        let start = data.count
        for text in values { append(text, inputs[input], to: &data) }
        return "{\"name\":\(try json(inputs[input].name)),"
          + "\"datatype\":\"\(inputs[input].isNumber ? "FP64" : "BYTES")\","
          + "\"shape\":[\(values.count)],\"parameters\":{\"binary_data_size\":\(data.count - start)}}"
      }
      let header = [UInt8](
        "{\"inputs\":[\(tensors.joined(separator: ","))],\"parameters\":{\"binary_data_output\":true}}"
          .utf8)
      return head(
        "/v2/models/\(model)/infer", header + data,
        ["Inference-Header-Content-Length: \(header.count)"])
    }
  }

  /// A request of a body as it is.
  package func request(_ path: String, _ body: [UInt8]) -> ByteBuffer { head(path, body) }

  private func values(_ rows: [[String]], _ input: Int, _ isShared: Bool) -> [String] {
    (isShared ? rows.prefix(1) : rows[...]).map { $0[input] }
  }

  private func append(_ text: String, _ input: Input, to data: inout [UInt8]) {
    if input.isNumber {
      withUnsafeBytes(of: (Double(text) ?? .nan).bitPattern.littleEndian) { data += $0 }
    } else {
      withUnsafeBytes(of: UInt32(text.utf8.count).littleEndian) { data += $0 }
      data += text.utf8
    }
  }

  private func json(_ text: String) throws -> String {
    String(try JSONText.line([text]).dropFirst().dropLast(2))
  }

  private func value(_ text: String, _ input: Input) throws -> String {
    guard input.isNumber else { return try json(text) }
    return Double(text) == nil ? "null" : text
  }

  /// A request of what there is at a path.
  package func request(_ path: String) -> ByteBuffer { head(path, [], method: "GET") }

  private func head(
    _ path: String, _ body: [UInt8], _ headers: [String] = [], method: String = "POST"
  ) -> ByteBuffer {
    var lines =
      ["\(method) \(path) HTTP/1.1", "Host: \(host)", "Content-Length: \(body.count)"] + headers
    if headers.isEmpty { lines.append("Content-Type: application/json") }
    if let token { lines.append("Authorization: Bearer \(token)") }
    var buffer = ByteBuffer()
    buffer.reserveCapacity(body.count + 512)
    buffer.writeString(lines.joined(separator: "\r\n") + "\r\n\r\n")
    buffer.writeBytes(body)
    return buffer
  }
}
