extension LoadGenerator {
  /// The highest rate at which a server answers as fast as it is asked.
  ///
  /// It begins with what a few connections get that wait for nobody, goes up by tenths as long as a rate is held, and
  /// else down by twentieths until one is: nothing refused or failed, the backlog at the end no longer than a twentieth
  /// of the time.
  ///
  /// - Parameters:
  ///   - seconds: of each trial.
  ///   - told: called with each trial.
  package func capacity(
    connections: Int, seconds: Double, told: (LoadResult) -> Void
  ) async throws -> Double {
    // Few enough that a server with a bounded queue refuses none of them.
    let few = try await ask(rate: nil, connections: min(connections, 4), seconds: seconds)
    told(few)
    func isHeld(_ rate: Double) async throws -> Bool {
      let trial = try await ask(rate: rate, connections: connections, seconds: seconds)
      told(trial)
      return trial.isHeld
    }
    var rate = few.throughput
    guard rate > 0 else { return 0 }
    if try await isHeld(rate) {
      while rate < 1e6, try await isHeld(1.1 * rate) { rate *= 1.1 }
      return rate
    }
    for _ in 0..<40 {
      rate *= 0.95
      if try await isHeld(rate) { break }
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
