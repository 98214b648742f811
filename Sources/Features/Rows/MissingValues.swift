import Logs

/// The texts that stand for a missing value: the empty one, and those of a schema.
struct MissingValues: Sendable {
  private let markers: [[UInt8]]
  private let longest: Int

  init(_ markers: [String]) {
    self.markers = markers.map { Array($0.utf8) }
    longest = self.markers.map(\.count).max() ?? 0
  }

  @inline(__always)
  func contains(_ bytes: UnsafeRawBufferPointer) -> Bool {
    bytes.count <= longest && (bytes.isEmpty || markers.contains { bytes.elementsEqual($0) })
  }
}

extension Cell {
  /// Valid as long as the cell's batch.
  @inline(__always)
  var text: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: start, count: count) }
}
