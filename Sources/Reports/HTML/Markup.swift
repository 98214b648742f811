/// HTML or SVG that is known to be well-formed: made of elements and escaped text alone.
struct Markup {
  let source: String

  private init(source: String) {
    self.source = source
  }

  /// Text, escaped; characters that XML does not know are left out.
  static func text(_ text: String) -> Markup {
    Markup(source: escaped(text))
  }

  /// An element; attributes without a value are left out.
  static func element(
    _ name: StaticString, _ attributes: KeyValuePairs<StaticString, String?> = [:],
    _ children: [Markup] = []
  ) -> Markup {
    var source = "<\(name)"
    for (key, value) in attributes {
      if let value { source += " \(key)=\"\(escaped(value))\"" }
    }
    guard !isVoid(name) || !children.isEmpty else { return Markup(source: source + ">") }
    source += ">"
    for child in children { source += child.source }
    return Markup(source: source + "</\(name)>")
  }

  /// Source that this module wrote itself: the stylesheet and the script.
  static func verbatim(_ source: StaticString) -> Markup {
    Markup(source: "\(source)")
  }

  private static func isVoid(_ name: StaticString) -> Bool {
    ["meta", "br", "hr", "link"].contains("\(name)")
  }

  private static func escaped(_ text: String) -> String {
    var result = ""
    result.reserveCapacity(text.utf8.count)
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      case "\t", "\n": result.unicodeScalars.append(scalar)
      case "\u{0}"..<" ", "\u{7F}"..<"\u{A0}", "\u{FFFE}", "\u{FFFF}",
        // Marks that turn the direction of what follows.
        "\u{202A}"..."\u{202E}", "\u{2066}"..."\u{2069}":
        result += "\u{FFFD}"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
