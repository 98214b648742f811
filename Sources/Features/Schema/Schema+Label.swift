import Logs
import Support

extension Schema {
  /// Where a click comes from: a column of 0 and 1, or a rule that makes one of a column.
  public struct Label: Sendable, Hashable, ExpressibleByStringLiteral {
    /// The column; nil for the first of `Schema.usualLabels` that there is.
    public var column: String?
    /// What counts as a click; nil where the column holds 0 and 1.
    public var rule: Rule?

    /// What a click is.
    public enum Rule: Sendable, Hashable {
      /// A number above a bound.
      case above(Double)
      /// A number not below a bound.
      case atLeast(Double)
      /// A certain text, or what means the same: true, True, yes, 1 and 1.0 do, and so do 3 and 3.0.
      case equals(String)
    }

    /// A label.
    public init(column: String? = nil, rule: Rule? = nil) {
      self.column = column
      self.rule = rule
    }

    /// A column of 0 and 1.
    public init(stringLiteral column: String) { self.init(column: column) }
  }
}

extension Schema.Label: Codable, StrictlyKeyed {
  enum CodingKeys: String, CodingKey, CaseIterable {
    case column, above, atLeast = "at_least", equals
  }

  package static var knownKeys: [String: (any StrictlyKeyed.Type)?] {
    Dictionary(uniqueKeysWithValues: CodingKeys.allCases.map { ($0.rawValue, nil) })
  }

  package static var mayBeScalar: Bool { true }

  /// Reads a column's name, or a mapping of column and rule.
  public init(from decoder: any Decoder) throws {
    guard let container = try? decoder.container(keyedBy: CodingKeys.self) else {
      self.init(column: try decoder.singleValueContainer().decode(String.self))
      return
    }
    let column = try container.decodeIfPresent(String.self, forKey: .column)
    let rules = [
      try container.decodeIfPresent(Double.self, forKey: .above).map(Rule.above),
      try container.decodeIfPresent(Double.self, forKey: .atLeast).map(Rule.atLeast),
      try container.decodeIfPresent(String.self, forKey: .equals).map(Rule.equals),
    ].compactMap { $0 }
    guard rules.count <= 1 else {
      throw KeyProblem(
        path: decoder.codingPath.map(KeyProblem.Step.init), found: "\(rules.count) rules",
        expected: "one of above, at_least, equals", remedy: "delete the others")
    }
    self.init(column: column, rule: rules.first)
  }

  /// Writes what ``init(from:)`` reads.
  public func encode(to encoder: any Encoder) throws {
    if rule == nil, let column {
      var container = encoder.singleValueContainer()
      try container.encode(column)
      return
    }
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encodeIfPresent(column, forKey: .column)
    switch rule {
    case .above(let bound): try container.encode(bound, forKey: .above)
    case .atLeast(let bound): try container.encode(bound, forKey: .atLeast)
    case .equals(let text): try container.encode(text, forKey: .equals)
    case nil: break
    }
  }
}
