import NIOHTTP1

/// The trace that a request belongs to, as W3C's `traceparent` says: `00-TRACE-SPAN-FLAGS`.
struct TraceContext: Sendable {
  let traceID: String
  let spanID: String
  let flags: String
  /// What the request is called where the client has no name for it.
  let id: String

  /// The trace of a request, or a new one.
  init(_ headers: HTTPHeaders) {
    spanID = Self.random(16)
    let given = headers.first(name: "traceparent").flatMap(Self.parts)
    traceID = given?.trace ?? Self.random(32)
    flags = given?.flags ?? "00"
    id = headers.first(name: "x-request-id").map { String($0.prefix(128)) } ?? traceID + spanID
  }

  /// What the answer says.
  var header: String { "00-\(traceID)-\(spanID)-\(flags)" }

  private static func parts(_ header: String) -> (trace: String, flags: String)? {
    let parts = header.split(separator: "-", omittingEmptySubsequences: false)
    func isHex(_ text: Substring, _ count: Int) -> Bool {
      text.utf8.count == count
        && text.utf8.allSatisfy {
          UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 || UInt8(ascii: "a")...UInt8(ascii: "f") ~= $0
        }
    }
    guard parts.count >= 4, isHex(parts[0], 2), parts[0] != "ff", isHex(parts[1], 32),
      isHex(parts[2], 16), isHex(parts[3], 2), parts[1].contains(where: { $0 != "0" })
    else { return nil }
    return (String(parts[1]), String(parts[3]))
  }

  private static func random(_ digits: Int) -> String {
    var text = ""
    while text.utf8.count < digits {
      let word = String(UInt64.random(in: 1 ... .max), radix: 16)
      text += String(repeating: "0", count: 16 - word.utf8.count) + word
    }
    return text
  }
}
