import NIOHTTP1
import Support

/// Why a request gets no answer: what the client is told, and under which reason it is counted.
package struct RequestError: Error, CustomStringConvertible {
  /// What errors are counted by.
  package enum Reason: String, CaseIterable, Sendable {
    case malformed, unauthorized, notFound = "not_found", tooLarge = "too_large"
    case overload, deadline, unavailable, failed
  }

  package let status: HTTPResponseStatus
  package let reason: Reason
  package let message: String
  /// After how many seconds to try again; nil where that would not help.
  package var retryAfter: Int?

  package init(
    _ status: HTTPResponseStatus, _ reason: Reason, _ message: String, retryAfter: Int? = nil
  ) {
    (self.status, self.reason, self.message) = (status, reason, message)
    self.retryAfter = retryAfter
  }

  package var description: String { message }

  /// A request that is not as the protocol says.
  package static func malformed(
    _ place: String, found: String, expected: String, remedy: String? = nil
  ) -> RequestError {
    RequestError(
      .badRequest, .malformed,
      "\(place): found \(found), expected \(expected)" + (remedy.map { "; \($0)" } ?? ""))
  }

  package static func notFound(_ message: String) -> RequestError {
    RequestError(.notFound, .notFound, message)
  }

  /// A request larger than the server takes.
  package static func tooLarge(_ message: String) -> RequestError {
    RequestError(.payloadTooLarge, .tooLarge, message)
  }

  /// What any error means for a client.
  package init(_ error: any Error) {
    switch error {
    case let error as RequestError: self = error
    case let error as UserError: self.init(.badRequest, .malformed, "\(error)")
    default: self.init(.internalServerError, .failed, "\(error)")
    }
  }
}
