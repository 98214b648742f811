import Logs
import Support

extension Schema {
  /// Where a click comes from: a column of 0 and 1, or a rule that makes one of a column.
  public struct Label: Sendable, Hashable, ExpressibleByStringLiteral {
    /// The column; nil for the first of ``Schema/usualLabels`` that there is.
    public var column: String?
    /// What counts as a click; nil where the column holds 0 and 1.
    public var rule: Rule?

    /// What a click is.
    public enum Rule: Sendable, Hashable {
      /// A number above a bound.
      case above(Double)
      /// A number not below a bound.
      case atLeast(Double)
      /// A certain text.
      case equals(String)
    }

    /// A label.
    public init(column: String? = nil, rule: Rule? = nil) {
      self.column = column
      self.rule = rule
    }

    /// A column of 0 and 1.
    public init(stringLiteral column: String) { self.init(column: column) }

    /// The click that a cell stands for, 0 or 1; nil for a cell that stands for none.
    @inline(__always)
    func click(_ bytes: UnsafeRawBufferPointer) -> Float? {
      guard let rule else {
        if bytes.count == 1 {
          if bytes[0] == UInt8(ascii: "0") { return 0 }
          if bytes[0] == UInt8(ascii: "1") { return 1 }
        }
        switch parseNumber(bytes) {
        case 0: return 0
        case 1: return 1
        default: return nil
        }
      }
      switch rule {
      case .above(let bound): return parseNumber(bytes).map { $0 > bound ? 1 : 0 }
      case .atLeast(let bound): return parseNumber(bytes).map { $0 >= bound ? 1 : 0 }
      case .equals(let text): return bytes.isEmpty ? nil : bytes.elementsEqual(text.utf8) ? 1 : 0
      }
    }

    /// What to do about a cell that stands for no click, 0 or 1.
    func remedy(for bytes: UnsafeRawBufferPointer, isColumn: Bool) -> String {
      let usual = "correct or delete the row"
      guard rule == nil, isColumn, !bytes.isEmpty else { return usual }
      let name = column.map { "\"\($0)\"" } ?? "label"
      guard let number = parseNumber(bytes) else {
        let text = String(decoding: bytes.prefix(20), as: UTF8.self)
        return ["yes", "no", "true", "false", "y", "n", "t", "f"].contains(text.lowercased())
          ? usual + ", or say what a click is, label: {column: \(name), equals: \(quoted(text))}"
          : usual
      }
      return number > 1
        ? usual + ", or say in a schema what a click is, label: {column: \(name), above: 1}" : usual
    }

    /// What ``click(_:)`` takes.
    var expected: String {
      switch rule {
      case nil: "0 or 1"
      case .above, .atLeast: "a number"
      case .equals: "a value"
      }
    }
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
