import CLZMA
import Support

/// Decompresses xz, one or several streams one after the other, with zeros between and behind them; and `.lzma`,
/// which came before it.
final class XzStream: Decompressor {
  let packing = "xz"
  private let input: PackedInput
  private var state = lzma_stream()
  private var isAtEnd = false

  init(_ raw: RawBytes) {
    input = PackedInput(raw)
    // LZMA_CONCATENATED, a macro that Swift does not see.
    let status = lzma_auto_decoder(&state, .max, 0x08)
    precondition(status == LZMA_OK, "liblzma cannot start: no memory")
  }

  deinit { lzma_end(&state) }

  /// Whether a file begins as xz does, or as `.lzma` does with the usual settings.
  static func recognizes(_ head: [UInt8]) -> Bool {
    head == [0xFD, 0x37, 0x7A, 0x58] || head.starts(with: [0x5D, 0, 0])
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    guard !isAtEnd else { return 0 }
    state.next_out = buffer.bindMemory(to: UInt8.self).baseAddress
    state.avail_out = buffer.count
    while state.avail_out == buffer.count {
      let bytes = try input.bytes()
      state.next_in = UnsafePointer(bytes.baseAddress)
      state.avail_in = bytes.count
      let status = lzma_code(&state, bytes.isEmpty ? LZMA_FINISH : LZMA_RUN)
      input.use(bytes.count - state.avail_in)
      switch status {
      case LZMA_OK: break
      case LZMA_STREAM_END:
        isAtEnd = true
        return buffer.count - state.avail_out
      case LZMA_BUF_ERROR: throw input.cutShort("an xz stream")
      case LZMA_MEM_ERROR: throw input.damaged("xz data", "no memory")
      case LZMA_OPTIONS_ERROR: throw input.damaged("xz data", "options that are not known")
      default: throw input.damaged("xz data", "a checksum or a header is wrong")
      }
    }
    return buffer.count - state.avail_out
  }
}
