extension LoadGenerator {
  /// The highest rate at which a server answers as fast as it is asked.
  ///
  /// It begins with what many connections get that wait for nobody, and goes down by a twentieth until a rate is held:
  /// nothing refused or failed, the backlog at the end no longer than a twentieth of the time.
  ///
  /// - Parameters:
  ///   - seconds: of each trial.
  ///   - told: called with each trial.
  package func capacity(
    connections: Int, seconds: Double, told: (LoadResult) -> Void
  ) async throws -> Double {
    let most = try await ask(rate: nil, connections: connections, seconds: seconds)
    told(most)
    var rate = most.throughput
    for _ in 0..<20 where rate > 0 {
      let trial = try await ask(rate: rate, connections: connections, seconds: seconds)
      told(trial)
      if trial.isHeld { break }
      rate *= 0.95
    }
    return rate
  }
}

extension LoadResult {
  /// Whether the server kept up.
  package var isHeld: Bool {
    refused == 0 && failed == 0 && throughput >= 0.95 * (Double(requests) / max(seconds, 1e-9))
  }
}
