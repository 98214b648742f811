import Synchronization

/// A place for the rows of a batch in memory of the host's that a device takes them from, or what tells a device which
/// of its own they are.
package protocol BatchPlace: AnyObject, Sendable {
  /// Whether filling it reads the rows, and not their numbers alone.
  var readsRows: Bool { get }
  /// Puts some rows of a dataset there, in the order given: at most as many as there is room for.
  func fill(with rows: ArraySlice<Int>, of dataset: Dataset)
}

/// Places that loaders fill and devices empty, again and again: a large piece of memory costs more to get than to fill.
///
/// There are as many as are out at the same time, which loaders bound by what they prepare ahead, and devices by how far
/// the host may be ahead of them.
package final class BatchPlaces: Sendable {
  private struct State {
    var free: [any BatchPlace] = []
    var made = 0
  }

  private let state = Mutex(State())
  private let held: Int
  private let make: @Sendable () throws -> any BatchPlace

  /// - Parameters:
  ///   - held: how many a device holds at most.
  ///   - make: makes another place; called where a pass begins.
  package init(held: Int = 0, _ make: @escaping @Sendable () throws -> any BatchPlace) {
    (self.held, self.make) = (held, make)
  }

  /// Makes what a pass needs that prepares so many batches ahead, unless it is there. For the thread that takes the
  /// batches: it gives the device's commands, and those of another one would wait for what is queued before them, or
  /// meet a driver that expects one thread.
  func prepare(ahead: Int) {
    // The one in use, and one that the pass before has not let go yet.
    while state.withLock({ $0.made }) < ahead + 2 + held {
      guard let place = try? make() else { return }
      state.withLock { state in
        state.made += 1
        state.free.append(place)
      }
    }
  }

  /// A place of which nobody else knows, until what is returned goes; nil where all are out.
  func lend() -> LentPlace? {
    guard let place = state.withLock({ $0.free.popLast() }) else { return nil }
    return LentPlace(place, of: self)
  }

  fileprivate func takeBack(_ place: any BatchPlace) {
    state.withLock { $0.free.append(place) }
  }
}

/// A place that is in use: it is free again when the last one who holds this lets it go.
package final class LentPlace: Sendable {
  /// The place.
  package let place: any BatchPlace
  private let places: BatchPlaces

  fileprivate init(_ place: any BatchPlace, of places: BatchPlaces) {
    (self.place, self.places) = (place, places)
  }

  deinit { places.takeBack(place) }
}
