import CZlib
import Support

/// Decompresses gzip, one or several members one after the other.
final class GzipStream {
  private let raw: RawBytes
  private var state = z_stream()
  private let input = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
  /// How many compressed bytes were read from the source.
  private var compressed = 0
  private var insideMember = true

  init(_ raw: RawBytes) {
    self.raw = raw
    // 16: gzip, with its header and checksum.
    let status = inflateInit2_(
      &state, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    precondition(status == Z_OK, "zlib cannot start: the library and its header disagree")
  }

  deinit {
    inflateEnd(&state)
    input.deallocate()
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    state.next_out = buffer.bindMemory(to: UInt8.self).baseAddress
    state.avail_out = UInt32(min(buffer.count, Int(Int32.max)))
    let room = state.avail_out
    while state.avail_out == room {
      if state.avail_in == 0 {
        let count = try raw.read(into: input)
        if count == 0 {
          if insideMember { throw cutShort() }
          return 0
        }
        compressed += count
        state.next_in = input.bindMemory(to: UInt8.self).baseAddress
        state.avail_in = UInt32(count)
      }
      if !insideMember {
        // Zeros behind a member fill up a block of a tape or disk.
        while state.avail_in > 0 && state.next_in.pointee == 0 {
          state.next_in += 1
          state.avail_in -= 1
        }
        if state.avail_in == 0 { continue }
        inflateReset(&state)
        insideMember = true
      }
      switch inflate(&state, Z_NO_FLUSH) {
      case Z_OK, Z_BUF_ERROR: break
      case Z_STREAM_END: insideMember = false
      default: throw damaged()
      }
    }
    return Int(room - state.avail_out)
  }

  private func cutShort() -> UserError {
    UserError(
      raw.name, found: "the end of the file at byte \(compressed) inside a gzip stream",
      expected: "the stream's checksum", remedy: "the file is cut short: copy it again")
  }

  private func damaged() -> UserError {
    let reason = state.msg.map { String(cString: $0) } ?? "invalid data"
    return UserError(
      raw.name,
      found: "damaged gzip data near byte \(compressed - Int(state.avail_in)) (\(reason))",
      expected: "a gzip stream", remedy: "copy the file again")
  }
}
