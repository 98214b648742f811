import Synchronization

/// A wish to stop, to be raised from any thread or a signal's handler.
public final class Cancellation: Sendable {
  private let flag = Atomic(false)

  /// Not cancelled.
  public init() {}

  /// Whether ``cancel()`` was called.
  public var isCancelled: Bool { flag.load(ordering: .acquiring) }

  /// Asks for an early end: training stops after the step under way and keeps its best model.
  public func cancel() {
    flag.store(true, ordering: .releasing)
  }
}
