import CArrow

/// A stream of columns as another program would make one, in pieces of some rows, each a slice of its arrays.
final class ArrowStream {
  /// A column: its format, and what an array of some rows of it has.
  struct Column {
    let name: String
    let format: String
    /// Formats and arrays of what is in it, or what it points to.
    var child: (format: String, make: (Range<Int>) -> Buffers)?
    var dictionary: (format: String, buffers: Buffers)?
    let make: (Range<Int>) -> Buffers
  }

  /// How many values an array has, and its buffers.
  struct Buffers {
    var count: Int
    var bytes: [[UInt8]?]
  }

  private let columns: [Column]
  private let pieces: [Range<Int>]
  /// Rows before a piece that its arrays hold too.
  private let before: Int
  private var next = 0
  private var owned: [UnsafeMutableRawPointer] = []
  /// How many arrays were given out and not released yet.
  nonisolated(unsafe) static var unreleased = 0

  init(_ columns: [Column], pieces: [Range<Int>], before: Int = 0) {
    (self.columns, self.pieces, self.before) = (columns, pieces, before)
  }

  /// The stream; it keeps this object until it is released.
  func stream() -> UnsafeMutablePointer<ArrowArrayStream> {
    let stream = UnsafeMutablePointer<ArrowArrayStream>.allocate(capacity: 1)
    stream.initialize(to: ArrowArrayStream())
    stream.pointee.private_data = Unmanaged.passRetained(self).toOpaque()
    stream.pointee.get_schema = { stream, out in
      out!.pointee = ArrowStream.of(stream!).schema()
      return 0
    }
    stream.pointee.get_next = { stream, out in
      out!.pointee = ArrowStream.of(stream!).array()
      return 0
    }
    stream.pointee.get_last_error = { _ in nil }
    stream.pointee.release = { stream in
      stream!.pointee.release = nil
    }
    return stream
  }

  private static func of(_ stream: UnsafeMutablePointer<ArrowArrayStream>) -> ArrowStream {
    Unmanaged<ArrowStream>.fromOpaque(stream.pointee.private_data).takeUnretainedValue()
  }

  /// Memory that stays: tests are short.
  private func pointer<Value>(to values: [Value]) -> UnsafeMutablePointer<Value> {
    let memory = UnsafeMutablePointer<Value>.allocate(capacity: max(values.count, 1))
    memory.initialize(from: values, count: values.count)
    owned.append(memory)
    return memory
  }

  private func text(_ string: String) -> UnsafePointer<CChar> {
    UnsafePointer(pointer(to: Array(string.utf8CString)))
  }

  private func schema() -> ArrowSchema {
    var root = leaf("+s", "")
    root.n_children = Int64(columns.count)
    root.children = pointer(
      to: columns.map { column in
        var schema = leaf(column.format, column.name)
        if let child = column.child {
          schema.n_children = 1
          schema.children = pointer(to: [pointer(to: [leaf(child.format, "item")])])
        }
        if let dictionary = column.dictionary {
          schema.dictionary = pointer(to: [leaf(dictionary.format, "")])
        }
        return pointer(to: [schema])
      })
    return root
  }

  private func leaf(_ format: String, _ name: String) -> ArrowSchema {
    var schema = ArrowSchema()
    (schema.format, schema.name) = (text(format), text(name))
    schema.release = { $0!.pointee.release = nil }
    return schema
  }

  private func array() -> ArrowArray {
    guard next < pieces.count else { return ArrowArray() }
    defer { next += 1 }
    let piece = pieces[next]
    let skipped = min(before, piece.lowerBound)
    let rows = piece.lowerBound - skipped..<piece.upperBound
    var root = array(Buffers(count: piece.count, bytes: [nil]), offset: skipped)
    root.n_children = Int64(columns.count)
    root.children = pointer(
      to: columns.map { column in
        var array = array(column.make(rows))
        if let child = column.child {
          array.n_children = 1
          array.children = pointer(to: [pointer(to: [self.array(child.make(rows))])])
        }
        if let dictionary = column.dictionary {
          array.dictionary = pointer(to: [self.array(dictionary.buffers)])
        }
        return pointer(to: [array])
      })
    Self.unreleased += 1
    root.release = {
      $0!.pointee.release = nil
      ArrowStream.unreleased -= 1
    }
    return root
  }

  private func array(_ buffers: Buffers, offset: Int = 0) -> ArrowArray {
    var array = ArrowArray()
    (array.length, array.offset) = (Int64(buffers.count), Int64(offset))
    (array.null_count, array.n_buffers) = (-1, Int64(buffers.bytes.count))
    array.buffers = pointer(
      to: buffers.bytes.map { $0.map { UnsafeRawPointer(pointer(to: $0)) } })
    array.release = { $0!.pointee.release = nil }
    return array
  }
}

extension ArrowStream.Buffers {
  private static func raw<Value>(_ values: [Value]) -> [UInt8] {
    values.withUnsafeBytes(Array.init)
  }

  private static func bits<Value>(of values: [Value?]) -> [UInt8]? {
    guard values.contains(where: { $0 == nil }) else { return nil }
    var bits = [UInt8](repeating: 0, count: values.count / 8 + 1)
    for (place, value) in values.enumerated() where value != nil {
      bits[place >> 3] |= 1 << UInt8(place & 7)
    }
    return bits
  }

  /// Values of fixed length; nil for missing ones.
  static func numbers<Value: Numeric>(_ values: [Value?]) -> Self {
    Self(count: values.count, bytes: [bits(of: values), raw(values.map { $0 ?? 0 })])
  }

  /// Text between offsets of 32 bits.
  static func texts(_ values: [String?]) -> Self {
    Self(
      count: values.count,
      bytes: [
        bits(of: values), raw(offsets(values.map { $0?.utf8.count ?? 0 })),
        values.flatMap { Array(($0 ?? "").utf8) },
      ])
  }

  /// Lists of so many values each.
  static func lists(_ counts: [Int]) -> Self {
    Self(count: counts.count, bytes: [nil, raw(offsets(counts))])
  }

  private static func offsets(_ counts: [Int]) -> [Int32] {
    counts.reduce(into: [0]) { $0.append($0.last! + Int32($1)) }
  }
}
