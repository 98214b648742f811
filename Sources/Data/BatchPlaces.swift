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
  private let free = Mutex<[any BatchPlace]>([])
  private let make: @Sendable () throws -> any BatchPlace

  /// - Parameter make: makes another place; called from any thread.
  package init(_ make: @escaping @Sendable () throws -> any BatchPlace) { self.make = make }

  /// A place of which nobody else knows, until what is returned goes; nil where no more can be made.
  func lend() -> LentPlace? {
    guard let place = free.withLock({ $0.popLast() }) ?? (try? make()) else { return nil }
    return LentPlace(place, of: self)
  }

  fileprivate func takeBack(_ place: any BatchPlace) { free.withLock { $0.append(place) } }
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
