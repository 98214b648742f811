import Foundation

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
    write("\r\u{1B}[K" + text)
    hasProgress = true
  }

  /// Removes the progress line.
  func clear() {
    if hasProgress { write("\r\u{1B}[K") }
    hasProgress = false
  }

  private func write(_ text: String) {
    FileHandle.standardError.write(Data(text.utf8))
  }
}
