import Foundation
import Support

/// Standard error: messages, and a progress line that is rewritten in place on a terminal.
final class Console {
  private let isTerminal = isatty(STDERR_FILENO) == 1
  private var hasProgress = false

  /// Prints a line.
  func say(_ text: String) {
    clear()
    write(text + "\n")
  }

  /// Shows a passing state; only a terminal shows it, a log file is spared.
  func progress(_ text: String) {
    guard isTerminal else { return }
    // Without automatic wrap: a line longer than the terminal is wide could not be rewritten.
    write("\r\u{1B}[K\u{1B}[?7l" + text + "\u{1B}[?7h")
    hasProgress = true
  }

  /// Removes the progress line.
  func clear() {
    if hasProgress { write("\r\u{1B}[K") }
    hasProgress = false
  }

  private func write(_ text: String) {
    if Ranks.isQuiet { return }
    StandardStream.error.write(text)
  }
}

/// Results on standard output, through ``StandardStream``: what cannot be written ends in an exit code,
/// not in a trap, and is not lost without a word as with Swift's own `print`.
func print(_ items: Any..., separator: String = " ", terminator: String = "\n") {
  if Ranks.isQuiet { return }
  let text = items.map { "\($0)" }.joined(separator: separator)
  StandardStream.output.write(text + terminator)
}
