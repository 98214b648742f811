import CZstd
import Support

/// Decompresses zstd, one or several frames one after the other.
final class ZstdStream: Decompressor {
  let packing = "zstd"
  private let raw: RawBytes
  private let context: OpaquePointer
  private let storage = UnsafeMutableRawBufferPointer.allocate(
    byteCount: ZSTD_DStreamInSize(), alignment: 16)
  private var input: ZSTD_inBuffer
  /// How many compressed bytes were read from the source.
  private var compressed = 0
  private var insideFrame = true

  init(_ raw: RawBytes) {
    self.raw = raw
    guard let context = ZSTD_createDStream() else { fatalError("zstd cannot start: no memory") }
    self.context = context
    // Windows as long as zstd --long=31 writes them; memory is taken as a frame asks for it.
    ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, 31)
    input = ZSTD_inBuffer(src: storage.baseAddress, size: 0, pos: 0)
  }

  deinit {
    ZSTD_freeDStream(context)
    storage.deallocate()
  }

  /// Whether a file begins with a frame, be it one to be passed over as pzstd writes them.
  static func recognizes(_ head: [UInt8]) -> Bool {
    head == [0x28, 0xB5, 0x2F, 0xFD]
      || head.count == 4 && head[0] & 0xF0 == 0x50 && head[1...] == [0x2A, 0x4D, 0x18]
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    var output = ZSTD_outBuffer(dst: buffer.baseAddress, size: buffer.count, pos: 0)
    while output.pos == 0 {
      // What the decoder still holds comes without new input.
      let before = input.pos
      let status = ZSTD_decompressStream(context, &output, &input)
      if ZSTD_isError(status) != 0 { throw damaged(status) }
      if input.pos > before || output.pos > 0 { insideFrame = status != 0 }
      guard output.pos == 0 && input.pos == input.size else { continue }
      let count = try raw.read(into: storage)
      if count == 0 {
        if insideFrame { throw cutShort() }
        return 0
      }
      compressed += count
      input.size = count
      input.pos = 0
    }
    return output.pos
  }

  private func cutShort() -> UserError {
    UserError(
      raw.name, found: "the end of the file at byte \(compressed) inside a zstd frame",
      expected: "the frame's end", remedy: "the file is cut short: copy it again")
  }

  private func damaged(_ status: Int) -> UserError {
    if ZSTD_getErrorCode(status) == ZSTD_error_memory_allocation {
      return UserError(
        raw.name, found: "a zstd window that does not fit into memory", expected: "a smaller one",
        remedy: "pack it again without --long, or unpack it first")
    }
    return UserError(
      raw.name,
      found: "damaged zstd data near byte \(compressed - input.size + input.pos) "
        + "(\(String(cString: ZSTD_getErrorName(status)).lowercased()))",
      expected: "zstd frames", remedy: "copy the file again")
  }
}
