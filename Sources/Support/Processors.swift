import Foundation

/// The processors that this process may use.
package enum Processors {
  /// How many there are, at least 1. What `taskset`, a batch system or a container has left out is not
  /// among them, as it is in `ProcessInfo.activeProcessorCount`.
  package static let count: Int = {
    let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)
    let allowed = status.flatMap(allowed(in:)) ?? 0
    return allowed > 0 ? allowed : max(ProcessInfo.processInfo.activeProcessorCount, 1)
  }()

  /// How many processors the line `Cpus_allowed: ff,ffffffff` of a process's status names; nil where there
  /// is none.
  static func allowed(in status: String) -> Int? {
    let key = "Cpus_allowed:"
    let line = status.split(separator: "\n").first { $0.hasPrefix(key) }
    return line?.dropFirst(key.count).compactMap(\.hexDigitValue).reduce(0) {
      $0 + $1.nonzeroBitCount
    }
  }
}
