import Dispatch

/// Runs what is asynchronous, and waits for it.
func waitFor(_ work: @escaping @Sendable () async throws -> Void) throws {
  let done = DispatchSemaphore(value: 0)
  let result = ResultBox()
  Task.detached {
    do { try await work() } catch { result.error = error }
    done.signal()
  }
  done.wait()
  if let error = result.error { throw error }
}

private final class ResultBox: @unchecked Sendable {
  // Sendable: it is written before the semaphore is signalled, and read after.
  var error: (any Error)?
}
