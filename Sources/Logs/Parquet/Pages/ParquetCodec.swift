import CBrotli
import CZlib
import CZstd

/// How the pages of a column are packed, by the numbers of parquet.thrift. Snappy and LZ4 are unpacked by our own
/// code: it is two dozen lines each beside two more libraries to install, link and ship.
enum ParquetCodec: Int, Sendable {
  case none, snappy, gzip, lzo, brotli, lz4, zstd, lz4Raw

  /// No page is larger.
  static let largestPage = 1 << 30

  /// Unpacks a page whose length is known.
  /// - Throws: ``ParquetProblem`` for bytes that are not packed so, or are others than so many.
  func unpack(_ packed: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer) throws {
    let isWhole: Bool
    switch self {
    case .none:
      isWhole = packed.count == target.count
      if isWhole { target.copyMemory(from: packed) }
    case .snappy: isWhole = Snappy.unpack(packed, into: target)
    case .lz4Raw: isWhole = LZ4.unpackBlock(packed, into: target) == target.count
    case .lz4: isWhole = LZ4.unpackFramed(packed, into: target)
    case .zstd:
      let count = ZSTD_decompress(
        target.baseAddress, target.count, packed.baseAddress, packed.count)
      isWhole = ZSTD_isError(count) == 0 && count == target.count
    case .gzip: isWhole = Self.gunzip(packed, into: target)
    case .brotli:
      var count = target.count
      let result = BrotliDecoderDecompress(
        packed.count, packed.bindMemory(to: UInt8.self).baseAddress, &count,
        target.bindMemory(to: UInt8.self).baseAddress)
      isWhole = result == BROTLI_DECODER_RESULT_SUCCESS && count == target.count
    case .lzo:
      throw ParquetProblem(
        "pages packed by LZO", expected: "snappy, gzip, zstd, LZ4, brotli or none",
        remedy: "write the file with another compression")
    }
    guard isWhole else {
      throw ParquetProblem("damaged \(self)", expected: "a page of \(target.count) bytes")
    }
  }

  /// One gzip member after the other, or zlib's stream, as some writers have it.
  private static func gunzip(
    _ packed: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer
  ) -> Bool {
    var state = z_stream()
    // 32: with the head of either.
    guard
      inflateInit2_(&state, 15 + 32, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK
    else { return false }
    defer { inflateEnd(&state) }
    guard packed.count <= UInt32.max, target.count <= UInt32.max else { return false }
    state.next_in = UnsafeMutablePointer(
      mutating: packed.bindMemory(to: UInt8.self).baseAddress)
    state.avail_in = UInt32(packed.count)
    // zlib wants a place to write to, even where nothing comes.
    var nowhere: UInt8 = 0
    return withUnsafeMutablePointer(to: &nowhere) { nowhere in
      state.next_out = target.bindMemory(to: UInt8.self).baseAddress ?? nowhere
      state.avail_out = UInt32(target.count)
      while true {
        let status = inflate(&state, Z_NO_FLUSH)
        if status == Z_STREAM_END {
          if state.avail_in == 0 { return state.avail_out == 0 }
          guard inflateReset(&state) == Z_OK else { return false }
        } else if status != Z_OK {
          return false
        }
      }
    }
  }
}

/// Snappy's raw format: its length, then literals and copies of what came before.
enum Snappy {
  static func unpack(
    _ packed: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer
  ) -> Bool {
    var (from, length, shift) = (0, 0, 0)
    while true {
      guard from < packed.count, shift < 35 else { return false }
      let byte = Int(packed[from])
      from += 1
      length |= (byte & 127) << shift
      if byte < 128 { break }
      shift += 7
    }
    guard length == target.count else { return false }
    var copier = BlockCopier(packed, from, target)
    while copier.from < packed.count {
      let tag = Int(copier.packed[copier.from])
      copier.from += 1
      var (count, width) = (tag >> 2 + 1, 0)
      switch tag & 3 {
      case 0:
        width = max(count - 60, 0)
        guard let more = copier.number(width) else { return false }
        if width > 0 { count = more + 1 }
        guard copier.literal(count) else { return false }
        continue
      case 1:
        count = tag >> 2 & 7 + 4
        width = 1
      case 2: width = 2
      default: width = 4
      }
      guard var distance = copier.number(width) else { return false }
      if tag & 3 == 1 { distance |= (tag >> 5) << 8 }
      guard copier.copy(count, from: distance) else { return false }
    }
    return copier.to == target.count
  }
}

/// LZ4's block format: literals, then a copy, as often as there is something.
enum LZ4 {
  /// - Returns: how many bytes came of it; nil for what is damaged.
  static func unpackBlock(
    _ packed: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer
  ) -> Int? {
    var copier = BlockCopier(packed, 0, target)
    while copier.from < packed.count {
      let token = Int(packed[copier.from])
      copier.from += 1
      guard let literal = copier.extended(token >> 4), copier.literal(literal) else { return nil }
      // The last literals have no copy behind them.
      if copier.from == packed.count { break }
      guard let distance = copier.number(2), let count = copier.extended(token & 15),
        copier.copy(count + 4, from: distance)
      else { return nil }
    }
    return copier.to
  }

  /// The older codec: blocks as Hadoop frames them, with both lengths before each, highest byte first. Some
  /// writers left the frame away.
  static func unpackFramed(
    _ packed: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer
  ) -> Bool {
    var (from, to) = (0, 0)
    while packed.count - from >= 8 {
      func number(_ place: Int) -> Int {
        Int(UInt32(bigEndian: packed.loadUnaligned(fromByteOffset: place, as: UInt32.self)))
      }
      let (whole, size) = (number(from), number(from + 4))
      guard size <= packed.count - from - 8, whole <= target.count - to else { break }
      let count = unpackBlock(
        UnsafeRawBufferPointer(rebasing: packed[from + 8..<from + 8 + size]),
        into: UnsafeMutableRawBufferPointer(rebasing: target[to..<to + whole]))
      guard count == whole else { break }
      (from, to) = (from + 8 + size, to + whole)
    }
    if from == packed.count && to == target.count { return true }
    return unpackBlock(packed, into: target) == target.count
  }
}

/// What both formats do: take bytes as they are, or what came out before once more.
private struct BlockCopier {
  let packed: UnsafeRawBufferPointer
  let target: UnsafeMutableRawBufferPointer
  var from: Int
  var to = 0

  init(
    _ packed: UnsafeRawBufferPointer, _ from: Int, _ target: UnsafeMutableRawBufferPointer
  ) {
    (self.packed, self.from, self.target) = (packed, from, target)
  }

  /// A number of some bytes, the lowest first; nil where they are not there.
  @inline(__always)
  mutating func number(_ width: Int) -> Int? {
    guard packed.count - from >= width else { return nil }
    var number = 0
    for place in 0..<width { number |= Int(packed[from + place]) << (8 * place) }
    from += width
    return number
  }

  /// A length of LZ4: 15 means that more follows.
  @inline(__always)
  mutating func extended(_ start: Int) -> Int? {
    if start < 15 { return start }
    var length = start
    while from < packed.count {
      let byte = Int(packed[from])
      from += 1
      length += byte
      if byte < 255 { return length }
    }
    return nil
  }

  @inline(__always)
  mutating func literal(_ count: Int) -> Bool {
    guard count <= packed.count - from, count <= target.count - to else { return false }
    if count <= 16 && packed.count - from >= 16 && target.count - to >= 16 {
      // Most are short, and sixteen cost less than asking how many; those too many are written over later.
      let (source, goal) = (packed.baseAddress! + from, target.baseAddress! + to)
      goal.storeBytes(of: source.loadUnaligned(as: UInt64.self), as: UInt64.self)
      goal.storeBytes(
        of: source.loadUnaligned(fromByteOffset: 8, as: UInt64.self), toByteOffset: 8,
        as: UInt64.self)
    } else if count > 0 {
      (target.baseAddress! + to).copyMemory(from: packed.baseAddress! + from, byteCount: count)
    }
    (from, to) = (from + count, to + count)
    return true
  }

  @inline(__always)
  mutating func copy(_ count: Int, from distance: Int) -> Bool {
    guard distance > 0, distance <= to, count <= target.count - to else { return false }
    let (source, goal) = (target.baseAddress! + to - distance, target.baseAddress! + to)
    if distance >= 8 && target.count - to >= count + 8 {
      // Eight at a time, up to seven too many, which are written over later.
      var place = 0
      while place < count {
        goal.storeBytes(
          of: source.loadUnaligned(fromByteOffset: place, as: UInt64.self), toByteOffset: place,
          as: UInt64.self)
        place += 8
      }
    } else if distance >= count {
      goal.copyMemory(from: source, byteCount: count)
    } else {
      for place in 0..<count {
        goal.storeBytes(
          of: source.load(fromByteOffset: place, as: UInt8.self), toByteOffset: place,
          as: UInt8.self)
      }
    }
    to += count
    return true
  }
}
