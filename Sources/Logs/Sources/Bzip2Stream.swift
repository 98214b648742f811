import CBzip2
import Support

/// Decompresses bzip2, one or several streams one after the other, as pbzip2 writes them.
final class Bzip2Stream: Decompressor {
  let packing = "bzip2 (.bz2)"
  private let input: PackedInput
  private var state = bz_stream()
  private var insideStream = false

  init(_ raw: RawBytes) { input = PackedInput(raw) }

  deinit { if insideStream { BZ2_bzDecompressEnd(&state) } }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    state.next_out = buffer.bindMemory(to: CChar.self).baseAddress
    state.avail_out = UInt32(min(buffer.count, Int(Int32.max)))
    let room = state.avail_out
    while state.avail_out == room {
      if !insideStream {
        guard try input.passZeros() else { return 0 }
        guard BZ2_bzDecompressInit(&state, 0, 0) == BZ_OK else {
          throw input.damaged("bzip2 data", "no memory")
        }
        insideStream = true
      }
      let bytes = try input.bytes()
      if bytes.isEmpty { throw input.cutShort("a bzip2 stream") }
      state.next_in = UnsafeMutableRawBufferPointer(bytes).bindMemory(to: CChar.self).baseAddress
      state.avail_in = UInt32(bytes.count)
      let status = BZ2_bzDecompress(&state)
      input.use(bytes.count - Int(state.avail_in))
      switch status {
      case BZ_OK: break
      case BZ_STREAM_END:
        BZ2_bzDecompressEnd(&state)
        insideStream = false
      case BZ_DATA_ERROR_MAGIC: throw input.damaged("bzip2 data", "no stream begins here")
      default: throw input.damaged("bzip2 data", "a checksum or a table is wrong")
      }
    }
    return Int(room - state.avail_out)
  }
}
