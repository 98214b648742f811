import Dispatch

/// Runs what is asynchronous, and waits for it: for callers that are no tasks themselves.
package func blocking<Result>(
  _ work: @escaping @Sendable () async throws -> Result
) throws -> Result {
  let box = ResultBox<Result>()
  Task.detached {
    do { box.result = .success(try await work()) } catch { box.result = .failure(error) }
    box.done.signal()
  }
  box.done.wait()
  return try box.result!.get()
}

private final class ResultBox<Value>: @unchecked Sendable {
  // Sendable: it is written before the semaphore is signalled, and read after.
  var result: Result<Value, any Error>?
  let done = DispatchSemaphore(value: 0)
}
