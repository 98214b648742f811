import Glibc

/// Where files without names go that a run needs for a while.
package enum TemporaryFolder {
  /// `TMPDIR`, or `/var/tmp`, which unlike `/tmp` is not in memory.
  package static var path: String { getenv("TMPDIR").map { String(cString: $0) } ?? "/var/tmp" }
}
