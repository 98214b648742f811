import Foundation

/// Told of requests that were answered by a model: a log to learn from, for instance.
///
/// It is called on the threads that answer requests: what takes time is to be handed on.
package protocol RequestObserver: Sendable {
  /// Whether a request's values are wanted; they are copied for those alone.
  func wants(_ id: String) -> Bool
  /// A request that was answered, or scored in the shadow.
  func scored(_ request: ScoredRequest)
}

/// A request with what a model made of it.
package struct ScoredRequest: Sendable {
  /// Who had the last word.
  package enum Arm: String, Sendable {
    /// The version that serves.
    case stable
    /// A version that serves a share of the requests.
    case canary
    /// A version whose answers nobody sees.
    case shadow
  }

  /// What the client calls the request, or a name of the server's own; unlikely to be met twice.
  package let id: String
  package let model: String
  package let version: String
  package let arm: Arm
  package let time: Date
  /// What was given of each row.
  package let values: RawValues
  /// One a row.
  package let probabilities: [Float]
}

/// The values of a request as they were sent: text, numbers as they are written.
package struct RawValues: Sendable {
  /// An input, with a text a row.
  package struct Column: Sendable {
    package let name: String
    /// [rows], or one for all; "" for a missing value; of a list each value behind NUL.
    package let texts: [String]
  }

  package let rows: Int
  package let columns: [Column]

  /// The value of a column in a row.
  package func text(_ row: Int, _ column: Int) -> String {
    let texts = columns[column].texts
    return texts[texts.count == 1 ? 0 : row]
  }
}
