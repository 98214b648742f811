import CArrow
import Support

/// The values of an array, by their places in its buffers; those that are missing hold anything.
///
/// The interface does not say how long buffers are: what can be checked is, offsets and indices against each
/// other, and whether there is a buffer at all.
struct ArrowValues {
  private let layout: ArrowField.Layout
  private let writer: ValueText
  private let validity: UnsafePointer<UInt8>?
  private let values: UnsafeRawPointer
  /// Of bytes between offsets: where they are; of views, where those are that do not fit.
  private let bytes: UnsafeRawPointer?
  private let buffers: UnsafePointer<UnsafeRawPointer?>?
  private let lengths: UnsafePointer<Int64>?
  private let variadic: Int

  /// - Throws: ``ArrowProblem`` for an array without its buffers.
  init(_ field: ArrowField, _ array: UnsafePointer<ArrowArray>) throws(ArrowProblem) {
    layout = field.layout
    writer = ValueText(field.meaning)
    let count = Int(array.pointee.n_buffers)
    let isEmpty = array.pointee.length == 0
    let buffers = array.pointee.buffers
    guard count >= field.buffers, count == 0 || buffers != nil, array.pointee.length >= 0,
      array.pointee.offset >= 0
    else { throw ArrowProblem.noBuffer }
    self.buffers = buffers.map { UnsafePointer($0) }
    validity = count == 0 ? nil : buffers?[0]?.assumingMemoryBound(to: UInt8.self)
    let values = count > 1 ? buffers?[1] : nil
    guard values != nil || isEmpty || field.buffers < 2 else { throw ArrowProblem.noBuffer }
    // Never read where there is none.
    self.values = values ?? UnsafeRawPointer(noBytes)
    bytes = field.buffers > 2 ? buffers?[2] : nil
    if field.layout == .views {
      variadic = count - 3
      lengths = buffers?[count - 1]?.assumingMemoryBound(to: Int64.self)
      guard variadic >= 0, variadic == 0 || lengths != nil else { throw ArrowProblem.noBuffer }
    } else {
      (variadic, lengths) = (0, nil)
    }
  }

  /// Whether the value at a place is not missing.
  func isThere(_ place: Int) -> Bool {
    guard layout != .none else { return false }
    return validity.map { $0[place >> 3] >> UInt8(place & 7) & 1 == 1 } ?? true
  }

  // MARK: Numbers

  /// Values from a place on as numbers.
  /// - Returns: false for text, and for decimals that must be read from theirs.
  func numbers(_ first: Int, _ count: Int, into target: UnsafeMutablePointer<Double>) -> Bool {
    switch layout {
    case .integers(1, true): whole(Int8.self, first, count, target)
    case .integers(2, true): whole(Int16.self, first, count, target)
    case .integers(4, true): whole(Int32.self, first, count, target)
    case .integers(_, true): whole(Int64.self, first, count, target)
    case .integers(1, false): whole(UInt8.self, first, count, target)
    case .integers(2, false): whole(UInt16.self, first, count, target)
    case .integers(4, false): whole(UInt32.self, first, count, target)
    case .integers(_, false): whole(UInt64.self, first, count, target)
    case .reals(2): real(Float16.self, first, count, target)
    case .reals(4): real(Float.self, first, count, target)
    case .reals: real(Double.self, first, count, target)
    case .bits: for index in 0..<count { target[index] = bit(first + index) ? 1 : 0 }
    case .none: target.update(repeating: .nan, count: count)
    default: return false
    }
    return true
  }

  private func whole<Value: FixedWidthInteger & BitwiseCopyable>(
    _: Value.Type, _ first: Int, _ count: Int, _ target: UnsafeMutablePointer<Double>
  ) {
    let size = MemoryLayout<Value>.size
    if writer.isPlain {
      for index in 0..<count {
        target[index] = Double(
          values.loadUnaligned(fromByteOffset: (first + index) * size, as: Value.self))
      }
    } else {
      for index in 0..<count {
        let value = values.loadUnaligned(fromByteOffset: (first + index) * size, as: Value.self)
        target[index] = writer.number(Int64(truncatingIfNeeded: value))
      }
    }
  }

  private func real<Value: BinaryFloatingPoint & BitwiseCopyable>(
    _: Value.Type, _ first: Int, _ count: Int, _ target: UnsafeMutablePointer<Double>
  ) {
    let size = MemoryLayout<Value>.size
    for index in 0..<count {
      target[index] = Double(
        values.loadUnaligned(fromByteOffset: (first + index) * size, as: Value.self))
    }
  }

  private func bit(_ place: Int) -> Bool {
    values.load(fromByteOffset: place >> 3, as: UInt8.self) >> UInt8(place & 7) & 1 == 1
  }

  /// An index, a whole number of any width.
  func index(_ place: Int) -> Int {
    guard case .integers(let size, let isSigned) = layout else { return -1 }
    return Int(clamping: integer(place, size, isSigned))
  }

  private func integer(_ place: Int, _ size: Int, _ isSigned: Bool) -> Int64 {
    let at = place * size
    func load<Value: FixedWidthInteger & BitwiseCopyable>(_: Value.Type) -> Int64 {
      Int64(truncatingIfNeeded: values.loadUnaligned(fromByteOffset: at, as: Value.self))
    }
    return switch (size, isSigned) {
    case (1, true): load(Int8.self)
    case (2, true): load(Int16.self)
    case (4, true): load(Int32.self)
    case (1, false): load(UInt8.self)
    case (2, false): load(UInt16.self)
    case (4, false): load(UInt32.self)
    default: load(Int64.self)
    }
  }

  // MARK: Text

  /// Values from a place on as text; those that are missing as none.
  /// - Throws: ``ArrowProblem`` for offsets that run backwards or point outside.
  func texts(
    _ first: Int, _ count: Int, into target: UnsafeMutablePointer<Cell>, _ text: inout CellText
  ) throws(ArrowProblem) {
    for index in 0..<count {
      let place = first + index
      target[index] =
        isThere(place) ? try cell(place, &text) : Cell(start: noBytes, count: 0)
    }
  }

  private func cell(_ place: Int, _ text: inout CellText) throws(ArrowProblem) -> Cell {
    switch layout {
    case .none: return Cell(start: noBytes, count: 0)
    case .bits: return writer.write(bit(place) ? 1 : 0 as Int64, &text)
    case .integers(let size, let isSigned):
      return writer.write(integer(place, size, isSigned), &text)
    case .reals(2):
      let at = UnsafeRawPointer(values + 2 * place)
      return try written(Cell(start: at.assumingMemoryBound(to: UInt8.self), count: 2), &text)
    case .reals(4):
      return writer.write(
        Double(values.loadUnaligned(fromByteOffset: 4 * place, as: Float.self)), &text)
    case .reals:
      return writer.write(values.loadUnaligned(fromByteOffset: 8 * place, as: Double.self), &text)
    case .wide(let size): return try decimal(place, size, &text)
    case .fixed(let size): return try written(at(values, size * place, size), &text)
    case .bytes(let size):
      let range = try offsets(place, size)
      guard let bytes, !range.isEmpty else {
        if range.isEmpty { return Cell(start: noBytes, count: 0) }
        throw ArrowProblem.noBuffer
      }
      return try written(at(bytes, range.lowerBound, range.count), &text)
    case .views: return try written(view(place), &text)
    case .lists, .fixedLists, .structure: preconditionFailure("no values of its own")
    }
  }

  private func at(_ base: UnsafeRawPointer, _ offset: Int, _ count: Int) -> Cell {
    Cell(start: (base + offset).assumingMemoryBound(to: UInt8.self), count: count)
  }

  private func written(_ cell: Cell, _ text: inout CellText) throws(ArrowProblem) -> Cell {
    do {
      return try writer.write(cell, &text)
    } catch {
      throw ArrowProblem("a value that cannot be written as text", expected: "one that can")
    }
  }

  /// Where a value, or a list, begins and ends.
  func offsets(_ place: Int, _ size: Int) throws(ArrowProblem) -> Range<Int> {
    func load(_ index: Int) -> Int {
      size == 4
        ? Int(values.loadUnaligned(fromByteOffset: 4 * index, as: Int32.self))
        : Int(values.loadUnaligned(fromByteOffset: 8 * index, as: Int64.self))
    }
    let (start, end) = (load(place), load(place + 1))
    guard 0 <= start, start <= end else {
      throw ArrowProblem("offsets \(start) and \(end)", expected: "some that do not fall")
    }
    return start..<end
  }

  private func view(_ place: Int) throws(ArrowProblem) -> Cell {
    let at = 16 * place
    let count = Int(values.loadUnaligned(fromByteOffset: at, as: Int32.self))
    if 0...12 ~= count { return self.at(values, at + 4, count) }
    let index = Int(values.loadUnaligned(fromByteOffset: at + 8, as: Int32.self))
    let offset = Int(values.loadUnaligned(fromByteOffset: at + 12, as: Int32.self))
    guard count > 0, 0..<variadic ~= index, offset >= 0, let lengths,
      count <= Int(lengths[index]) - offset, let base = buffers?[2 + index]
    else {
      throw ArrowProblem(
        "\(count) bytes at \(offset) of buffer \(index)",
        expected: "a place within the \(variadic) buffers")
    }
    return self.at(base, offset, count)
  }

  /// A decimal, whose bytes stand the other way round than `writer` takes them.
  private func decimal(_ place: Int, _ size: Int, _ text: inout CellText) throws(ArrowProblem)
    -> Cell
  {
    do {
      return try withUnsafeTemporaryAllocation(of: UInt8.self, capacity: size) { bytes in
        for index in 0..<size {
          bytes[index] = values.load(
            fromByteOffset: size * place + size - 1 - index, as: UInt8.self)
        }
        return try writer.write(
          Cell(start: UnsafePointer(bytes.baseAddress!), count: size), &text)
      }
    } catch {
      throw ArrowProblem("a decimal that cannot be read", expected: "one of at most 256 bits")
    }
  }
}
