import Assignment
import Foundation

/// A log of requests and of what became of them, written by a thread of its own: whoever hands over a line never
/// waits for the disk.
///
/// At most ``RequestLogOptions/queue`` lines are in memory. A line that finds no room is given up and counted, so
/// that a crash of the process loses at most as many, the last ones; a line that was written outlasts the process.
/// After ``RequestLogOptions/sync`` seconds it outlasts the machine.
package final class RequestLog: @unchecked Sendable {
  // Sendable: `condition` guards the state; the file is the thread's.
  private let options: RequestLogOptions
  private let file: any LogDestination
  private let told: @Sendable (String) -> Void
  private let condition = NSCondition()
  private var queue: [LogLine] = []
  private var queueBytes = 0
  private var counts = RequestLogCounts()
  private var isClosed = false
  private var hasEnded = false
  /// Whether the thread waits for a line.
  private var isIdle = false
  private var isFailing = false

  /// Begins a log.
  ///
  /// - Parameter told: called where the disk takes no more lines, and where it does again.
  /// - Throws: `UserError` for a folder that cannot be written.
  package convenience init(
    _ options: RequestLogOptions, told: @escaping @Sendable (String) -> Void
  ) throws {
    self.init(options, into: try RotatedFiles(options), told: told)
  }

  init(
    _ options: RequestLogOptions, into file: any LogDestination,
    told: @escaping @Sendable (String) -> Void
  ) {
    (self.options, self.file, self.told) = (options, file, told)
    let thread = Thread { [self] in work() }
    thread.name = "request log"
    thread.start()
  }

  /// Whether requests of this id are kept; feedback on others would find nothing.
  package func keeps(_ id: String) -> Bool {
    options.share >= 1
      || AssignmentHash.v2.place(of: id.utf8, seed: "request log") < options.share
  }

  /// Hands over lines, all or none.
  ///
  /// - Returns: whether there was room.
  @discardableResult
  package func add(_ lines: [LogLine]) -> Bool {
    let size = lines.reduce(0) { $0 + $1.size }
    condition.lock()
    defer { condition.unlock() }
    let isFull =
      counts.waiting + lines.count > options.queue || queueBytes + size > options.queueBytes
    guard !isClosed, !isFull || counts.waiting == 0 && lines.count == 1 else {
      counts.overflowed += UInt64(lines.count)
      return false
    }
    queue += lines
    queueBytes += size
    counts.waiting += lines.count
    if isIdle { condition.broadcast() }
    return true
  }

  package var current: RequestLogCounts { condition.withLock { counts } }

  /// Writes what waits, and ends.
  package func close() {
    condition.lock()
    isClosed = true
    condition.broadcast()
    while !hasEnded { condition.wait() }
    condition.unlock()
  }

  // MARK: The thread

  private func work() {
    var bytes: [UInt8] = []
    var lastSync = Date()
    while let lines = take(until: lastSync + options.sync) {
      write(lines, &bytes)
      if Date() >= lastSync + options.sync {
        attempt { try file.synchronize() }
        lastSync = Date()
      }
    }
    attempt { try file.close() }
    condition.withLock {
      hasEnded = true
      condition.broadcast()
    }
  }

  /// The lines that wait; none when it is time to synchronize; nil at the end.
  private func take(until end: Date) -> [LogLine]? {
    condition.lock()
    defer { condition.unlock() }
    isIdle = true
    while queue.isEmpty, !isClosed {
      // Without anything to keep there is nothing to wake up for.
      if !file.isSynchronized, !condition.wait(until: end) { break }
      if file.isSynchronized, queue.isEmpty, !isClosed { condition.wait() }
    }
    isIdle = false
    if !queue.isEmpty, !isClosed, options.gather > 0 {
      condition.unlock()
      Thread.sleep(forTimeInterval: options.gather)
      condition.lock()
    }
    if queue.isEmpty, isClosed { return nil }
    let lines = queue
    queue = []
    queueBytes = 0
    return lines
  }

  /// The most bytes that are written at a time, unless one line has more.
  private static let piece = 256 << 10

  private func write(_ lines: [LogLine], _ bytes: inout [UInt8]) {
    bytes.removeAll(keepingCapacity: true)
    var first = 0
    for (index, line) in lines.enumerated() {
      line.write(to: &bytes)
      guard bytes.count >= Self.piece || index == lines.count - 1 else { continue }
      let isWritten = attempt { try bytes.withUnsafeBytes { try file.append($0) } }
      settle(lines[first...index], isWritten ? bytes.count : nil)
      bytes.removeAll(keepingCapacity: true)
      first = index + 1
    }
  }

  /// Counts lines that are out of memory.
  private func settle(_ lines: ArraySlice<LogLine>, _ written: Int?) {
    let scored = lines.reduce(0) { if case .scored = $1 { $0 + 1 } else { $0 } }
    condition.withLock {
      counts.waiting -= lines.count
      if let written {
        counts.scored += UInt64(scored)
        counts.feedback += UInt64(lines.count - scored)
        counts.bytes += UInt64(written)
      } else {
        counts.failed += UInt64(lines.count)
      }
    }
  }

  /// Does something with the file, and tells when that begins to fail and when it is well again.
  @discardableResult
  private func attempt(_ body: () throws -> Void) -> Bool {
    do {
      try body()
      if isFailing { told("the log is written again") }
      isFailing = false
      return true
    } catch {
      if !isFailing { told("the log is not written: \(error)") }
      isFailing = true
      return false
    }
  }
}

/// Where lines of a log go; one thread's.
protocol LogDestination: AnyObject {
  /// Whether the disk has all that was written.
  var isSynchronized: Bool { get }
  /// Writes lines, all or none.
  func append(_ bytes: UnsafeRawBufferPointer) throws
  func synchronize() throws
  func close() throws
}
