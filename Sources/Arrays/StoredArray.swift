import Support

/// An array in a file of another program, where it lies: numbers or texts of a common size, row by row.
package struct StoredArray: Sendable {
  /// What an element is.
  package enum Element: Sendable, Hashable {
    case float16, bfloat16, float32, float64
    /// A whole number of so many bytes.
    case integer(bytes: Int, isSigned: Bool)
    /// So many bytes of UTF-8, filled up with zeros.
    case bytes(Int)
    /// So many Unicode scalars of 4 bytes each, filled up with zeros.
    case scalars(Int)

    /// The bytes of one.
    package var size: Int {
      switch self {
      case .float16, .bfloat16: 2
      case .float32: 4
      case .float64: 8
      case .integer(let bytes, _): bytes
      case .bytes(let count): count
      case .scalars(let count): 4 * count
      }
    }

    /// Whether it is a number with a fraction.
    package var isFraction: Bool {
      switch self {
      case .float16, .bfloat16, .float32, .float64: true
      default: false
      }
    }
  }

  /// The file it is in.
  package let path: String
  /// Its name there.
  package let name: String
  package let element: Element
  package let shape: [Int]
  private let bytes: Bytes

  /// - Throws: `UserError` where there are not just as many bytes as the shape has.
  init(path: String, name: String, element: Element, shape: [Int], bytes: Bytes) throws {
    (self.path, self.name, self.element, self.shape) = (path, name, element, shape)
    self.bytes = bytes
    let wanted = shape.reduce((value: element.size, isTooLarge: false)) { size, length in
      let (value, isTooLarge) = size.value.multipliedReportingOverflow(by: length)
      return (value, size.isTooLarge || isTooLarge || length < 0)
    }
    guard !wanted.isTooLarge, wanted.value == bytes.raw.count else {
      throw UserError(
        path, found: "\(bytes.raw.count) bytes of array \(quoted(name)), whose shape is \(shape)",
        expected: wanted.isTooLarge ? "a shape that fits the file" : "\(wanted.value) bytes",
        remedy: "the file is cut short or damaged: copy it again")
    }
  }

  /// The number of elements.
  package var count: Int { shape.reduce(1, *) }

  /// The elements as floats.
  ///
  /// - Precondition: they are numbers.
  package func floats(_ range: Range<Int>, into target: UnsafeMutablePointer<Float>) {
    func load<Stored: BitwiseCopyable>(_ type: Stored.Type, _ convert: (Stored) -> Float) {
      bytes.withBytes { bytes in
        for (place, index) in range.enumerated() {
          target[place] = convert(
            bytes.loadUnaligned(
              fromByteOffset: index * MemoryLayout<Stored>.size, as: Stored.self))
        }
      }
    }
    switch element {
    case .float16: load(Float16.self) { Float($0) }
    case .bfloat16: load(UInt16.self) { Float(bitPattern: UInt32($0) << 16) }
    case .float32: load(Float.self) { $0 }
    case .float64: load(Double.self) { Float($0) }
    case .integer:
      for (place, index) in range.enumerated() { target[place] = Float(integer(index)) }
    case .bytes, .scalars: preconditionFailure("texts are no numbers")
    }
  }

  /// All elements as floats, row by row.
  package var floats: [Float] {
    [Float](unsafeUninitializedCapacity: count) { target, initialized in
      if count > 0 { floats(0..<count, into: target.baseAddress!) }
      initialized = count
    }
  }

  /// A whole number.
  ///
  /// - Precondition: the elements are whole numbers.
  func integer(_ index: Int) -> Int {
    guard case .integer(let size, let isSigned) = element else {
      preconditionFailure("no whole numbers")
    }
    return bytes.withBytes { bytes in
      let word = (0..<size).reduce(UInt64(0)) {
        $0 | UInt64(bytes[index * size + $1]) << UInt64(8 * $1)
      }
      let unused = UInt64(64 - 8 * size)
      let signed = Int64(bitPattern: word << unused) >> Int64(unused)
      return isSigned ? Int(signed) : Int(clamping: word)
    }
  }

  /// An element as the text that a log has for it: a whole number in decimal, or the text; nil for a number with a
  /// fraction.
  func text(_ index: Int) -> String? {
    switch element {
    case .integer: return String(integer(index))
    case .bytes(let size):
      return bytes.withBytes { bytes in
        let own = bytes[index * size..<(index + 1) * size]
        return String(decoding: own.prefix { $0 != 0 }, as: UTF8.self)
      }
    case .scalars(let length):
      return bytes.withBytes { bytes in
        var text = ""
        for place in 0..<length {
          let scalar = bytes.loadUnaligned(
            fromByteOffset: 4 * (index * length + place), as: UInt32.self)
          guard scalar != 0 else { break }
          text.unicodeScalars.append(Unicode.Scalar(scalar) ?? "\u{FFFD}")
        }
        return text
      }
    case .float16, .bfloat16, .float32, .float64: return nil
    }
  }

  /// The array of whole numbers of one byte as that: a text.
  package var asBytes: [UInt8]? {
    guard element.size == 1 else { return nil }
    return bytes.withBytes { Array($0) }
  }
}

/// Bytes with what keeps them.
struct Bytes: @unchecked Sendable {
  private let owner: AnyObject
  let raw: UnsafeRawBufferPointer

  /// A part of a file.
  init(_ file: MappedFile, _ range: Range<Int>) {
    (owner, raw) = (file, UnsafeRawBufferPointer(rebasing: file.bytes[range]))
  }

  /// Bytes in memory.
  init(_ bytes: [UInt8]) {
    let memory = FixedBytes(bytes)
    (owner, raw) = (memory, UnsafeRawBufferPointer(memory.bytes))
  }

  private init(_ owner: AnyObject, _ raw: UnsafeRawBufferPointer) {
    (self.owner, self.raw) = (owner, raw)
  }

  /// Some of them.
  subscript(_ range: Range<Int>) -> Bytes {
    Bytes(owner, UnsafeRawBufferPointer(rebasing: raw[range]))
  }

  /// Calls `body` with the bytes.
  func withBytes<Result>(
    _ body: (UnsafeRawBufferPointer) throws -> Result
  ) rethrows -> Result {
    try withExtendedLifetime(owner) { try body(raw) }
  }

  private final class FixedBytes {
    let bytes: UnsafeMutableRawBufferPointer

    init(_ source: [UInt8]) {
      bytes = .allocate(byteCount: source.count, alignment: 16)
      bytes.copyBytes(from: source)
    }

    deinit { bytes.deallocate() }
  }
}
