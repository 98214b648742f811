import Data
import Synchronization

/// Counts the rows of each label, for splits of exact sizes.
struct CountingConsumer: RowConsumer {
  /// The rows without and with a click.
  var counts = [0, 0]

  mutating func beginRow(_ head: RowHead) -> Bool {
    counts[head.label > 0 ? 1 : 0] += 1
    return false
  }

  mutating func token(_ bytes: UnsafeRawBufferPointer, value: Float, field: Int) {}
  mutating func number(_ number: Double, field: Int) {}
  mutating func missing(field: Int) {}
  mutating func endRow() {}
  mutating func endBlock() {}
}

/// Lets the training rows through to what learns from them.
struct TrainingConsumer: RowConsumer {
  var fitter: Fitter
  /// nil where all rows are training rows.
  var splitter: Splitter?

  mutating func beginRow(_ head: RowHead) -> Bool {
    guard (splitter?.part(of: head) ?? 0) == 0 else { return false }
    return fitter.beginRow(head)
  }

  @inline(__always)
  mutating func token(_ bytes: UnsafeRawBufferPointer, value: Float, field: Int) {
    fitter.token(bytes, value: value, field: field)
  }

  @inline(__always)
  mutating func number(_ number: Double, field: Int) { fitter.number(number, field: field) }

  @inline(__always)
  mutating func missing(field: Int) { fitter.missing(field: field) }

  @inline(__always)
  mutating func endRow() { fitter.endRow() }

  mutating func endBlock() { fitter.endBlock() }
}

/// Encodes rows and notes the part of each.
struct EncodingConsumer: RowConsumer {
  private(set) var encoder: RowEncoder<EncodedBlock.Sink>
  var splitter: Splitter?
  /// The part of each source's rows, which the first sources leave to the splitter.
  let parts: [Int]

  init(_ encoder: FeatureEncoder, splitter: Splitter?, parts: [Int]) {
    self.encoder = RowEncoder(encoder, into: EncodedBlock.Sink())
    (self.splitter, self.parts) = (splitter, parts)
  }

  /// Encodes the rows of a block.
  mutating func read(_ rows: RowBlock, into block: EncodedBlock, stopsAtFirst: Bool) -> BlockReport
  {
    encoder.sink.block = block
    return rows.read(into: &self, stopsAtFirst: stopsAtFirst)
  }

  mutating func beginRow(_ head: RowHead) -> Bool {
    var part = parts[head.source]
    if part == 0, splitter != nil { part = splitter!.part(of: head) }
    guard part >= 0 else {
      encoder.sink.block?.leftOut += 1
      return false
    }
    // Rows come to the block later, several at a time, in the same order.
    encoder.sink.block?.parts.append(UInt8(truncatingIfNeeded: part))
    return encoder.beginRow(head)
  }

  @inline(__always)
  mutating func token(_ bytes: UnsafeRawBufferPointer, value: Float, field: Int) {
    encoder.token(bytes, value: value, field: field)
  }

  @inline(__always)
  mutating func number(_ number: Double, field: Int) { encoder.number(number, field: field) }

  @inline(__always)
  mutating func missing(field: Int) { encoder.missing(field: field) }

  @inline(__always)
  mutating func endRow() { encoder.endRow() }

  mutating func endBlock() { encoder.endBlock() }
}

/// The encoded rows of one block.
final class EncodedBlock {
  /// The rows in their order.
  fileprivate(set) var rows: RowBuffer
  /// The part of each row.
  fileprivate(set) var parts: [UInt8] = []
  fileprivate(set) var leftOut = 0

  init(slots: Int, _ kind: RowKind) {
    rows = RowBuffer(slots: slots, kind)
  }

  /// Appends rows to a block.
  struct Sink: EncodedRowSink {
    var block: EncodedBlock?

    @inline(__always)
    mutating func append(_ row: EncodedRow) {
      block.unsafelyUnwrapped.rows.append(ids: row.ids, values: row.values, row.head)
    }
  }

  fileprivate func removeAll() {
    rows.removeAll()
    parts.removeAll(keepingCapacity: true)
    leftOut = 0
  }
}

/// Keeps the blocks that are written for those to come: new memory costs more than filling it.
final class EncodedBlocks: @unchecked Sendable {
  // Sendable: a block is with one thread at a time.
  private let encoder: FeatureEncoder
  private let lock = Mutex<Void>(())
  private var free: [EncodedBlock] = []

  init(_ encoder: FeatureEncoder) { self.encoder = encoder }

  /// An empty block.
  func take() -> EncodedBlock {
    lock.withLock { _ in free.popLast() }
      ?? EncodedBlock(slots: encoder.layout.slots, encoder.rowKind)
  }

  func giveBack(_ block: EncodedBlock) {
    block.removeAll()
    lock.withLock { _ in free.append(block) }
  }
}
