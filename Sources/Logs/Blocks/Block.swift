import Synchronization

/// Where a block begins.
package struct BlockPlace: Sendable, Hashable, Codable {
  /// The block's number, counted over all sources of a pass.
  package var number = 0
  /// Which of the sources.
  package var source = 0
  /// The byte of the source's text, decompressed.
  package var offset = 0
  /// The line, counted from 1.
  package var line = 1
  /// The number of the first row, counted over all sources; neither blank lines nor headers count.
  package var row = 0

  package init(number: Int = 0, source: Int = 0, row: Int = 0) {
    (self.number, self.source, self.row) = (number, source, row)
  }
}

/// A stretch of a log that begins and ends at a record bound: some MiB, more where a record is long.
///
/// Blocks are cut one after the other, which is quick, and parsed by any number of threads at once.
/// What is in a block depends on its place and on the size wanted, never on time or threads.
package struct Block: Sendable {
  package let place: BlockPlace
  /// The source's name, for errors.
  package let name: String
  /// The number of rows, good and bad.
  package let records: Int
  /// The number of bytes.
  package let count: Int
  let storage: BlockStorage

  /// The first byte; ``BlockStorage/padding`` more than ``count`` can be read.
  var bytes: UnsafePointer<UInt8> { UnsafePointer(storage.base) }

  /// Puts a line end behind the last byte, where scanning stops.
  func close() { storage.base[count] = UInt8(ascii: "\n") }
}

/// The memory of a block; it goes back to the pool with the last block that uses it.
final class BlockStorage: @unchecked Sendable {
  // Sendable: written by the thread that fills it, read by the one that parses it.
  /// Bytes that can be read behind the last one.
  static let padding = 64

  let base: UnsafeMutablePointer<UInt8>
  let capacity: Int
  private let pool: BlockPool

  fileprivate init(_ base: UnsafeMutablePointer<UInt8>, _ capacity: Int, _ pool: BlockPool) {
    self.base = base
    self.capacity = capacity
    self.pool = pool
  }

  deinit { pool.giveBack(base, capacity) }
}

/// Keeps the memory of blocks that are done for those to come.
final class BlockPool: Sendable {
  /// The capacity of what is kept; longer ones are rare, and freed.
  private let capacity: Int
  private let free = Mutex<[Address]>([])

  private struct Address: @unchecked Sendable {
    let base: UnsafeMutablePointer<UInt8>
  }

  init(blockSize: Int) { capacity = blockSize + BlockStorage.padding }

  deinit { free.withLock { $0.forEach { $0.base.deallocate() } } }

  /// Memory of at least this capacity.
  func take(_ wanted: Int) -> BlockStorage {
    let size = max(wanted, capacity)
    let kept = size == capacity ? free.withLock { $0.popLast() } : nil
    let base =
      kept?.base
      ?? UnsafeMutablePointer<UInt8>.allocate(capacity: size + BlockStorage.padding)
    return BlockStorage(base, size, self)
  }

  fileprivate func giveBack(_ base: UnsafeMutablePointer<UInt8>, _ size: Int) {
    if size == capacity {
      free.withLock { $0.append(Address(base: base)) }
    } else {
      base.deallocate()
    }
  }
}
