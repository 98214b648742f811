import CZlib
import Support

/// Decompresses gzip, one or several members one after the other.
final class GzipStream: Decompressor {
  let packing = "gzip"
  private let input: PackedInput
  private var state = z_stream()
  private var insideMember = true

  init(_ raw: RawBytes) {
    input = PackedInput(raw)
    // 16: gzip, with its header and checksum.
    let status = inflateInit2_(
      &state, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    precondition(status == Z_OK, "zlib cannot start: the library and its header disagree")
  }

  deinit { inflateEnd(&state) }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    state.next_out = buffer.bindMemory(to: UInt8.self).baseAddress
    state.avail_out = UInt32(min(buffer.count, Int(Int32.max)))
    let room = state.avail_out
    while state.avail_out == room {
      if !insideMember {
        guard try input.passZeros() else { return 0 }
        inflateReset(&state)
        insideMember = true
      }
      let bytes = try input.bytes()
      if bytes.isEmpty { throw input.cutShort("a gzip stream") }
      state.next_in = bytes.baseAddress
      state.avail_in = UInt32(bytes.count)
      let status = inflate(&state, Z_NO_FLUSH)
      input.use(bytes.count - Int(state.avail_in))
      switch status {
      case Z_OK, Z_BUF_ERROR: break
      case Z_STREAM_END: insideMember = false
      default:
        throw input.damaged(
          "gzip data", state.msg.map { String(cString: $0) } ?? "invalid data")
      }
    }
    return Int(room - state.avail_out)
  }
}
