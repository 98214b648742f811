/// How a log of requests is kept.
package struct RequestLogOptions: Sendable, Hashable {
  /// The folder of its files; made where it is not there.
  package var folder: String
  /// The share of the requests that is kept, by the hash of their ids.
  package var share = 1.0
  /// After how many bytes, and after how many seconds, the next file is begun.
  package var fileSize = 256 << 20
  package var fileAge = 3600.0
  /// The most seconds between two calls that make the disk keep what was written (fdatasync).
  package var sync = 1.0
  /// The most lines, and bytes in memory, that wait to be written: the most that a crash can lose.
  package var queue = 4096
  package var queueBytes = 64 << 20
  /// How many seconds lines are gathered before they are written together.
  package var gather = 0.01

  package init(folder: String) { self.folder = folder }
}

/// What a log of requests has come to.
package struct RequestLogCounts: Sendable, Hashable {
  /// Lines that were written.
  package var scored: UInt64 = 0
  package var feedback: UInt64 = 0
  package var bytes: UInt64 = 0
  /// Lines that were given up: too many waited, or the disk took none.
  package var overflowed: UInt64 = 0
  package var failed: UInt64 = 0
  /// Lines that wait, or are being written.
  package var waiting = 0
}
