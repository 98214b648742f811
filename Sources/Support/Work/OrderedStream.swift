import Dispatch
import Synchronization

/// Elements that another thread makes ahead, some at most, and this one takes in their order.
package final class OrderedStream<Element>: @unchecked Sendable {
  // Sendable: all that changes stands under the lock.
  private struct State {
    var elements: [Element] = []
    var isAbandoned = false
    var error: (any Error)?
  }

  private let lock = Mutex<Void>(())
  private var state = State()
  /// Signalled for each element and at the end; and for each place that is free.
  private let filled = DispatchSemaphore(value: 0)
  private let room = DispatchSemaphore(value: 0)

  /// Thrown at a producer whose elements nobody wants any more.
  private struct Abandoned: Error {}

  /// - Parameters:
  ///   - ahead: how many elements may wait; bounds the memory.
  ///   - produce: makes the elements and hands each on, on a thread of its own; what it throws ends the
  ///     stream behind them.
  package static func start(
    ahead: Int, _ produce: @escaping (@escaping (Element) throws -> Void) throws -> Void
  ) -> OrderedStream {
    let stream = OrderedStream(ahead: ahead)
    let body = Unchecked(produce: produce)
    DispatchQueue.global().async {
      do {
        try body.produce { try stream.send($0) }
        stream.end(nil)
      } catch {
        stream.end(error)
      }
    }
    return stream
  }

  private struct Unchecked: @unchecked Sendable {
    let produce: (@escaping (Element) throws -> Void) throws -> Void
  }

  private init(ahead: Int) {
    for _ in 0..<ahead { room.signal() }
  }

  /// The next element, nil at the end.
  /// - Throws: what the producer threw, behind all elements before it.
  package func next() throws -> Element? {
    filled.wait()
    let (element, error) = lock.withLock { _ -> (Element?, (any Error)?) in
      state.elements.isEmpty ? (nil, state.error) : (state.elements.removeFirst(), nil)
    }
    if let element {
      room.signal()
      return element
    }
    // The end may be asked for again.
    filled.signal()
    if let error { throw error }
    return nil
  }

  /// Ends the producer at its next element.
  package func abandon() {
    lock.withLock { _ in state.isAbandoned = true }
    room.signal()
  }

  private func send(_ element: Element) throws {
    room.wait()
    try lock.withLock { _ in
      if state.isAbandoned { throw Abandoned() }
      state.elements.append(element)
    }
    filled.signal()
  }

  private func end(_ error: (any Error)?) {
    lock.withLock { _ in state.error = error }
    filled.signal()
  }
}
