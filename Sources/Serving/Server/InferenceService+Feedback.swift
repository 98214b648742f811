extension InferenceService {
  /// Takes what became of rows into the log.
  ///
  /// - Throws: ``RequestError`` for what cannot be read, where no log is kept, and where it has no room.
  func feedback(_ body: RequestBody) throws -> Answer {
    guard let observer else {
      throw RequestError(
        .conflict, .unavailable, "found no log to take feedback, expected a server with --log")
    }
    let feedback = try body.withBytes { try FeedbackReader(limit: options.limits.rows).read($0) }
    guard observer.received(feedback) else {
      throw RequestError(
        .serviceUnavailable, .overload, "overload: the log has no room for more now", retryAfter: 1)
    }
    return Answer("{\"taken\":\(feedback.count)}")
  }
}
