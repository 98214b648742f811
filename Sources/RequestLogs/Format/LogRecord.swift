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
  /// Whom the request is for, where the client says so: the unit by which canaries are dealt.
  package let unit: String?
  /// Where the rows are to be shown, from the client: one a row, one for all, or none.
  package let places: [Int]
  /// Milliseconds since 1970.
  package let time: Int64
  /// What was given of each row; no columns where the request had ids in place of values.
  package let values: RawValues
  /// One a row.
  package let probabilities: [Float]

  package init(
    id: String, model: String, version: String, arm: Arm, unit: String? = nil, places: [Int] = [],
    time: Int64, values: RawValues, probabilities: [Float]
  ) {
    (self.id, self.model, self.version, self.arm) = (id, model, version, arm)
    (self.unit, self.places, self.time) = (unit, places, time)
    (self.values, self.probabilities) = (values, probabilities)
  }

  /// About how many bytes it takes.
  var size: Int { values.size + 4 * probabilities.count + 8 * places.count + 256 }
}

/// What became of a row that was shown.
package struct Feedback: Sendable, Hashable {
  /// The request that the row was in.
  package var id: String
  /// The row's number in the request, from 0; nil where the request had one row.
  package var row: Int?
  /// What may have happened, as in `click`.
  package var event = Self.click
  /// Whether it did.
  package var outcome: Bool
  /// Where the row was shown.
  package var place: Int?
  /// With what probability it was shown there, above 0, at most 1.
  package var propensity: Double?

  package static let click = "click"

  package init(id: String, row: Int? = nil, outcome: Bool) {
    (self.id, self.row, self.outcome) = (id, row, outcome)
  }

  /// The largest place.
  package static let places = 0...1_000_000

  /// Whether a text may name an event: 64 letters, digits, `.`, `_` and `-` at most.
  package static func isEvent(_ name: String) -> Bool {
    1...64 ~= name.utf8.count
      && name.utf8.allSatisfy {
        UInt8(ascii: "a")...UInt8(ascii: "z") ~= $0 | 0x20
          || UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 || "._-".utf8.contains($0)
      }
  }
}
