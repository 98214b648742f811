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
}

/// Encodes rows and notes the part of each.
struct EncodingConsumer: RowConsumer {
  var encoder: RowEncoder<EncodedBlock.Sink>
  var splitter: Splitter?
  /// The part of each source's rows, which the first sources leave to the splitter.
  let parts: [Int]

  mutating func beginRow(_ head: RowHead) -> Bool {
    var part = parts[head.source]
    if part == 0, splitter != nil { part = splitter!.part(of: head) }
    guard part >= 0 else {
      encoder.sink.block.leftOut += 1
      return false
    }
    encoder.sink.part = part
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
    var block: EncodedBlock
    /// The part of the next row.
    var part = 0

    @inline(__always)
    mutating func append(_ row: EncodedRow) {
      block.rows.append(ids: row.ids.baseAddress!, values: row.values.baseAddress, row.head)
      block.parts.append(UInt8(truncatingIfNeeded: part))
    }
  }
}
