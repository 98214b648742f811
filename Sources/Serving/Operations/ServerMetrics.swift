import Synchronization

/// What the server has counted beside its models.
final class ServerMetrics: Sendable {
  private let state = Mutex<[RequestError.Reason: UInt64]>([:])

  /// Requests that reached no model, by reason.
  var refusals: [RequestError.Reason: UInt64] { state.withLock { $0 } }

  func refused(_ reason: RequestError.Reason) { state.withLock { $0[reason, default: 0] += 1 } }
}
