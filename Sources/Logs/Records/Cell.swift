/// The bytes of one value: a slice of a block, or of memory beside it.
@frozen @usableFromInline package struct Cell: BitwiseCopyable {
  @usableFromInline package var start: UnsafePointer<UInt8>
  @usableFromInline package var count: Int

  @inlinable @inline(__always)
  package init(start: UnsafePointer<UInt8>, count: Int) {
    (self.start, self.count) = (start, count)
  }

  /// Valid as long as the record, or the batch, that the cell is of.
  @inlinable
  package var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: start, count: count) }
}

/// The text of cells that cannot stay as they are written. What was given out stays where it is until
/// all is forgotten.
package struct CellText: ~Copyable {
  private var chunks: [UnsafeMutableBufferPointer<UInt8>] = []
  private var current = -1
  private var used = 0

  package init() {}

  deinit { for chunk in chunks { chunk.deallocate() } }

  /// Room for so many bytes behind those that are kept.
  package mutating func reserve(_ count: Int) -> UnsafeMutablePointer<UInt8> {
    if current < 0 || used + count > chunks[current].count {
      if current + 1 == chunks.count || chunks[current + 1].count < count {
        chunks.insert(.allocate(capacity: max(1 << 12, 2 * count)), at: current + 1)
      }
      (current, used) = (current + 1, 0)
    }
    return chunks[current].baseAddress! + used
  }

  /// Keeps the first bytes of the room that was reserved last.
  package mutating func keep(_ count: Int) { used += count }

  /// Forgets everything, and keeps the memory.
  package mutating func removeAll() { (current, used) = (chunks.isEmpty ? -1 : 0, 0) }
}
