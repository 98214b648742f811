extension Report {
  /// Running text, parts of which may be strong, code or a link to a neighbouring file.
  ///
  /// ```swift
  /// let text: Report.Text = "\(strong: "deepfm-d") won; see \(link: "its run", to: "runs/1")"
  /// ```
  ///
  /// Plain interpolations are text as well, whatever characters they hold.
  package struct Text: Sendable, Hashable, ExpressibleByStringInterpolation {
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
    package var plain: String { runs.map(\.text).joined() }

    package init(_ text: String) {
      runs = [.plain(text)]
    }

    package init(stringLiteral text: String) {
      runs = [.plain(text)]
    }

    package init(stringInterpolation: StringInterpolation) {
      runs = stringInterpolation.runs
    }

    init(runs: [Run]) {
      self.runs = runs
    }

    /// Two texts, one after the other.
    package static func + (first: Text, second: Text) -> Text {
      Text(runs: first.runs + second.runs)
    }

    package struct StringInterpolation: StringInterpolationProtocol {
      fileprivate var runs: [Run] = []

      package init(literalCapacity: Int, interpolationCount: Int) {}

      package mutating func appendLiteral(_ literal: String) {
        runs.append(.plain(literal))
      }

      package mutating func appendInterpolation(_ value: some CustomStringConvertible) {
        runs.append(.plain(value.description))
      }

      /// A number of things, in groups of three digits.
      package mutating func appendInterpolation(count: Int) {
        runs.append(.plain(Numbers.grouped(count)))
      }

      package mutating func appendInterpolation(_ text: Text) {
        runs += text.runs
      }

      package mutating func appendInterpolation(strong text: String) {
        runs.append(.strong(text))
      }

      package mutating func appendInterpolation(code text: String) {
        runs.append(.code(text))
      }

      /// A link to a file, by its path from the report.
      package mutating func appendInterpolation(link text: String, to path: String) {
        runs.append(.link(text, to: path))
      }
    }
  }
}
