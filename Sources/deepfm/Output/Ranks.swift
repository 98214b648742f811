import Cluster
import DeepFMKit
import Foundation
import Reports
import Support

/// The ranks that a command runs as, where mpirun has started it.
enum Ranks {
  // Set before there is a second thread.
  private nonisolated(unsafe) static var joined: OpenMPI?

  /// Whether this process says and writes nothing, since another rank does.
  static var isQuiet: Bool { Launch.current.rank > 0 && joined != nil }

  /// Joins the others.
  ///
  /// - Throws: `UserError` where Open MPI is not there, or another MPI has started the ranks.
  static func join() throws -> any Communicator {
    try Launch.check()
    guard Launch.current.isShared else { return Alone() }
    let ranks = try OpenMPI()
    joined = ranks
    return ranks
  }

  /// Leaves, when the work is done.
  static func leave() throws { try joined?.leave() }

  /// Ends all ranks with an error, after it was told; in a process that has joined none, returns.
  static func abort(code: Int32) { joined?.abort(code: code) }

  /// What stands before an error, once it is this rank's turn to tell one: what goes wrong on all of them the first
  /// one tells, and that ends the others.
  static func turn() -> String {
    guard Launch.current.isShared else { return "" }
    if Launch.current.rank > 0 { usleep(2_000_000) }
    return
      "rank \(Launch.current.rank) of \(Launch.current.count) on \(ProcessInfo.processInfo.hostName): "
  }
}

extension Communicator {
  /// What the first rank says, on all ranks.
  func sharing(_ text: String?) throws -> String? {
    let words =
      [text == nil ? UInt32(0) : 1] + (isFirst ? (text ?? "").utf8.map { UInt32($0) } : [])
    let first = try gather(words)[0]
    return first[0] == 0
      ? nil : String(decoding: first.dropFirst().map { UInt8($0) }, as: UTF8.self)
  }
}

/// What the first rank has sent, a step and in all.
func trafficText(_ traffic: StepTraffic, _ ranks: any Communicator) -> String {
  let steps = max(traffic.steps, 1)
  func each(_ part: Traffic) -> String { bytes(part.bytes / steps) }
  let all = traffic.total
  let ids =
    traffic.areRowsShared
    ? "\(traffic.ids.own / steps) distinct ids, and \(traffic.ids.all / steps) rows of its own"
    : "\(traffic.ids.own / steps) of \(traffic.ids.all / steps) distinct ids"
  return """
    \(ranks.description): the first sent \(each(all)) a step (dense parts \(each(traffic.dense)), tables \
    \(each(traffic.tables)) for \(ids), batch \
    normalisation \(each(traffic.normalization))) in \(all.messages / steps) exchanges, and waited \
    \(duration(all.duration.seconds / Double(steps))); \(bytes(ranks.traffic.bytes)) in all
    """
}
