import Support

/// How far a job is.
package struct EncodingProgress: Sendable {
  /// The pass under way, and which of how many.
  package var pass: EncodingPass
  package var number: Int
  package var passes: Int
  /// Bytes of the logs, as they are stored, that the pass has read, and that there are.
  package var bytes: Int
  package var bytesTotal: Int
  /// Rows that the pass has read, this run.
  package var rows: Int
  /// How long the pass has been at it, and would take from here at its speed so far.
  package var seconds: Double
  package var secondsLeft: Double?
}

/// A pass over the logs.
package enum EncodingPass: String, Sendable {
  /// Counts rows for splits of exact sizes.
  case counting = "counting rows"
  /// Learns vocabularies and numbers.
  case learning
  /// Encodes.
  case encoding
}

/// How long a pass took.
package struct PassTiming: Sendable {
  package var pass: EncodingPass
  /// Bytes of text, decompressed, and rows that were read in this run.
  package var bytes: Int
  package var rows: Int
  /// The time on the clock, and that of all cores together.
  package var seconds: Double
  package var coreSeconds: Double
  /// The bytes of counts that went to disk.
  package var spilled = 0
  /// The most memory that the process had up to its end, in bytes.
  package var peakMemory: Int
}

/// Measures a pass, and tells now and then how far it is.
struct PassClock {
  private var progress: EncodingProgress
  private let report: (EncodingProgress) -> Void
  private let start = ContinuousClock.now
  private let coreStart = ProcessStatus.coreSeconds
  private var last = ContinuousClock.now
  private var bytes = 0
  private var firstStored: Int?

  init(
    _ pass: EncodingPass, number: Int, passes: Int, bytesTotal: Int,
    _ report: @escaping (EncodingProgress) -> Void
  ) {
    self.report = report
    progress = EncodingProgress(
      pass: pass, number: number, passes: passes, bytes: 0, bytesTotal: bytesTotal, rows: 0,
      seconds: 0, secondsLeft: nil)
  }

  mutating func tick(rows: Int, bytes: Int, stored: Int) {
    progress.rows += rows
    self.bytes += bytes
    let now = ContinuousClock.now
    let first = firstStored ?? stored
    firstStored = first
    guard now - last >= .milliseconds(200) else { return }
    last = now
    progress.bytes = stored
    progress.seconds = (now - start) / .seconds(1)
    if stored > first, progress.bytesTotal > 0 {
      progress.secondsLeft =
        progress.seconds * Double(max(progress.bytesTotal - stored, 0)) / Double(stored - first)
    }
    report(progress)
  }

  var timing: PassTiming {
    PassTiming(
      pass: progress.pass, bytes: bytes, rows: progress.rows,
      seconds: (ContinuousClock.now - start) / .seconds(1),
      coreSeconds: ProcessStatus.coreSeconds - coreStart, peakMemory: ProcessStatus.peakMemory)
  }
}
