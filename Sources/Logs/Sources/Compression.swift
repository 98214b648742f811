import CZlib
import CZstd

/// How bytes are packed.
package enum Compression: String, Sendable, CaseIterable {
  /// Not at all.
  case none
  /// gzip.
  case gzip
  /// zstd.
  case zstd

  /// What a file's name asks for: `.gz`, `.zst`, otherwise nothing.
  package init(path: String) {
    self = path.hasSuffix(".gz") ? .gzip : path.hasSuffix(".zst") ? .zstd : .none
  }

  /// The bytes as one gzip member or zstd frame; several of them one after the other are the whole.
  package func pack(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
    switch self {
    case .none: Array(bytes)
    case .gzip: Self.gzip(bytes)
    case .zstd: Self.zstd(bytes)
    }
  }

  private static func gzip(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
    var state = z_stream()
    // 16: gzip, with its header and checksum; level 4 packs logs at three times the speed of 6.
    let status = deflateInit2_(
      &state, 4, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
      Int32(MemoryLayout<z_stream>.size))
    precondition(status == Z_OK, "zlib cannot start: the library and its header disagree")
    defer { deflateEnd(&state) }
    precondition(bytes.count <= Int(Int32.max))
    state.next_in = UnsafeMutablePointer(
      mutating: bytes.bindMemory(to: UInt8.self).baseAddress)
    state.avail_in = UInt32(bytes.count)
    let bound = Int(deflateBound(&state, UInt(bytes.count)))
    return [UInt8](unsafeUninitializedCapacity: bound) { output, count in
      state.next_out = output.baseAddress
      state.avail_out = UInt32(bound)
      let status = deflate(&state, Z_FINISH)
      precondition(status == Z_STREAM_END, "deflateBound is too small")
      count = Int(state.total_out)
    }
  }

  private static func zstd(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
    let bound = ZSTD_compressBound(bytes.count)
    return [UInt8](unsafeUninitializedCapacity: bound) { output, count in
      let packed = ZSTD_compress(output.baseAddress, bound, bytes.baseAddress, bytes.count, 3)
      precondition(ZSTD_isError(packed) == 0, "ZSTD_compressBound is too small")
      count = packed
    }
  }
}
