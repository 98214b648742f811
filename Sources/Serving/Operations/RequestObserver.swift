import RequestLogs

/// Told of requests that were answered by a model, and of what became of their rows: a log to learn from.
///
/// It is called on the threads that answer requests: what takes time is to be handed on.
package protocol RequestObserver: Sendable {
  /// Whether a request's values are wanted; they are copied for those alone.
  func wants(_ id: String) -> Bool
  /// A request that was answered, or scored in the shadow.
  func scored(_ request: ScoredRequest)
  /// What became of rows; returns whether it was taken.
  func received(_ feedback: [Feedback]) -> Bool
  /// What has been written, where that is counted.
  var counts: RequestLogCounts? { get }
}

extension RequestLog: RequestObserver {
  package func wants(_ id: String) -> Bool { keeps(id) }

  package func scored(_ request: ScoredRequest) { add([.scored(request)]) }

  package func received(_ feedback: [Feedback]) -> Bool {
    let time = LogTime.now
    return add(feedback.filter { keeps($0.id) }.map { .feedback($0, time: time) })
  }

  package var counts: RequestLogCounts? { current }
}
