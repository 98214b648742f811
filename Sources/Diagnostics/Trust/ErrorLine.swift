import Foundation

/// The one line that tells most of what a process said before it failed.
enum ErrorLine {
  /// That line after a colon, or nothing where the process has said nothing.
  static func suffix(of messages: String) -> String {
    guard let line = of(messages) else { return "" }
    return ": \(line)"
  }

  /// A compiler's error (`dense.cl:31:5: error: …`, `error: dense.cl:31:5: …`) before a command's own
  /// (`Error: …`), which then only says that a program did not compile; else the last line, as what gives up
  /// writes it.
  private static func of(_ messages: String) -> String? {
    let lines = messages.split(whereSeparator: \.isNewline).map {
      $0.trimmingCharacters(in: .whitespaces)
    }
    .filter { !$0.isEmpty }
    let line =
      lines.first { $0.contains("error: ") }
      ?? lines.first { $0.hasPrefix("Error: ") }.map { String($0.dropFirst("Error: ".count)) }
      ?? lines.last
    return line.map { String($0.prefix(300)) }
  }
}
