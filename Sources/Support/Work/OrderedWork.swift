import Dispatch
import Synchronization

/// Work on a sequence of pieces by several threads whose results are put together in the pieces'
/// order: the outcome does not depend on the threads.
package enum OrderedWork {
  /// Runs it to its end, on the calling thread where one thread is asked for.
  ///
  /// - Parameters:
  ///   - threads: how many work at the same time.
  ///   - ahead: how many results may wait for an earlier one; bounds the memory.
  ///   - next: gives the pieces; never called by two threads at once.
  ///   - worker: makes the state of a thread.
  ///   - work: turns a piece into a result, by any thread.
  ///   - collect: takes the results in the pieces' order; never called by two threads at once.
  /// - Returns: the threads' states.
  /// - Throws: the error of the earliest piece, whatever the threads: all results before it are
  ///   collected, none behind it.
  package static func run<Piece: Sendable, Worker, Result>(
    threads: Int, ahead: Int, next: @escaping () throws -> Piece?,
    worker: @escaping () -> Worker, work: @escaping (Piece, inout Worker) throws -> Result,
    collect: @escaping (Result) throws -> Void
  ) throws -> [Worker] {
    guard threads > 1 else {
      var state = worker()
      while let piece = try next() { try collect(work(piece, &state)) }
      return [state]
    }
    let run = Run(ahead: max(ahead, threads), next: next, collect: collect)
    let states = Mutex<[Unchecked<Worker>]>([])
    let body = Unchecked { () -> Void in
      var state = worker()
      while let (number, piece) = run.take() {
        run.put(number) { try work(piece, &state) }
      }
      let done = Unchecked(value: state)
      states.withLock { $0.append(done) }
    }
    DispatchQueue.concurrentPerform(iterations: threads) { _ in body.value() }
    if let error = run.error { throw error }
    return states.withLock { $0.map(\.value) }
  }

  /// Passes what the type system cannot know to be safe between the threads of one run.
  private struct Unchecked<Value>: @unchecked Sendable {
    let value: Value
  }

  /// What the threads of a run share.
  private final class Run<Piece, Result>: @unchecked Sendable {
    // Sendable: `next` runs under `source`, `collect` by the thread that has set `isCollecting`.
    private let next: () throws -> Piece?
    private let collect: (Result) throws -> Void
    private let room = DispatchSemaphore(value: 0)
    private let source = Mutex(SourceState())
    private let state = Mutex(State())

    private struct SourceState {
      var taken = 0
      var isDone = false
    }

    private struct State {
      /// Results that wait for an earlier one.
      var ready: [Int: Swift.Result<Unchecked<Result>, any Error>] = [:]
      var nextToCollect = 0
      var isCollecting = false
      var error: (any Error)?
    }

    init(
      ahead: Int, next: @escaping () throws -> Piece?, collect: @escaping (Result) throws -> Void
    ) {
      (self.next, self.collect) = (next, collect)
      for _ in 0..<ahead { room.signal() }
    }

    var error: (any Error)? { state.withLock { $0.error } }

    /// The next piece, once there is room for its result; nil at the end or after an error.
    func take() -> (Int, Piece)? {
      room.wait()
      let taken: (Int, Swift.Result<Unchecked<Piece>, any Error>)? = source.withLock { source in
        guard !source.isDone, state.withLock({ $0.error == nil }) else { return nil }
        do {
          guard let piece = try next() else {
            source.isDone = true
            return nil
          }
          source.taken += 1
          return (source.taken - 1, .success(Unchecked(value: piece)))
        } catch {
          source.isDone = true
          source.taken += 1
          return (source.taken - 1, .failure(error))
        }
      }
      switch taken {
      case (let number, .success(let piece))?: return (number, piece.value)
      case (let number, .failure(let error))?:
        // It stands behind the pieces before it, whose errors come first.
        deliver(number, .failure(error))
        fallthrough
      case nil:
        room.signal()
        return nil
      }
    }

    /// Works out the result of a piece, and collects what is then complete.
    func put(_ number: Int, _ work: () throws -> Result) {
      do {
        deliver(number, .success(Unchecked(value: try work())))
      } catch {
        deliver(number, .failure(error))
      }
    }

    private func deliver(
      _ number: Int, _ result: Swift.Result<Unchecked<Result>, any Error>
    ) {
      state.withLock { $0.ready[number] = result }
      while let result = nextResult() {
        do {
          try collect(result.get().value)
        } catch {
          state.withLock { $0.error = $0.error ?? error }
        }
        state.withLock { $0.isCollecting = false }
        room.signal()
      }
    }

    /// The next result in order, for the thread that will collect it.
    private func nextResult() -> Swift.Result<Unchecked<Result>, any Error>? {
      state.withLock { state in
        guard !state.isCollecting, state.error == nil,
          let result = state.ready.removeValue(forKey: state.nextToCollect)
        else { return nil }
        state.isCollecting = true
        state.nextToCollect += 1
        return result
      }
    }
  }
}
