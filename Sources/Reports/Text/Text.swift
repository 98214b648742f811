extension Report {
  /// Running text, parts of which may be strong, code or a link to a neighbouring file.
  ///
  /// ```swift
  /// let text: Report.Text = "\(strong: "deepfm-d") won; see \(link: "its run", to: "runs/1")"
  /// ```
  ///
  /// Plain interpolations are text as well, whatever characters they hold.
  public struct Text: Sendable, Hashable, ExpressibleByStringInterpolation {
    enum Run: Sendable, Hashable {
      case plain(String)
      case strong(String)
      case code(String)
      case link(String, to: String)

      var text: String {
        switch self {
        case .plain(let text), .strong(let text), .code(let text), .link(let text, _): text
        }
      }
    }

    let runs: [Run]

    /// The characters alone.
    public var plain: String { runs.map(\.text).joined() }

    public init(_ text: String) {
      runs = [.plain(text)]
    }

    public init(stringLiteral text: String) {
      runs = [.plain(text)]
    }

    public init(stringInterpolation: StringInterpolation) {
      runs = stringInterpolation.runs
    }

    init(runs: [Run]) {
      self.runs = runs
    }

    /// Two texts, one after the other.
    public static func + (first: Text, second: Text) -> Text {
      Text(runs: first.runs + second.runs)
    }

    public struct StringInterpolation: StringInterpolationProtocol {
      fileprivate var runs: [Run] = []

      public init(literalCapacity: Int, interpolationCount: Int) {}

      public mutating func appendLiteral(_ literal: String) {
        runs.append(.plain(literal))
      }

      public mutating func appendInterpolation(_ value: some CustomStringConvertible) {
        runs.append(.plain(value.description))
      }

      /// A number of things, in groups of three digits.
      public mutating func appendInterpolation(count: Int) {
        runs.append(.plain(Numbers.grouped(count)))
      }

      public mutating func appendInterpolation(_ text: Text) {
        runs += text.runs
      }

      public mutating func appendInterpolation(strong text: String) {
        runs.append(.strong(text))
      }

      public mutating func appendInterpolation(code text: String) {
        runs.append(.code(text))
      }

      /// A link to a file, by its path from the report.
      public mutating func appendInterpolation(link text: String, to path: String) {
        runs.append(.link(text, to: path))
      }
    }
  }
}
