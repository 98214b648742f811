import CZlib
import Support

/// Reads the one file of a zip archive, as its bytes come: the directory at the archive's end is not needed.
/// Folders, and what macOS adds under `__MACOSX`, are passed over.
final class ZipStream: Decompressor {
  let packing = "zip"
  private let input: PackedInput
  private var state = z_stream()
  private var member: Member?
  private var hasRead = false
  private var isAtEnd = false

  /// What stands before the bytes of a file.
  private struct Member {
    var name = ""
    var isDeflated = false
    var hasDescriptor = false
    var checksum: UInt = 0
    /// What is left of a file that is not deflated.
    var left = 0
    var isEnded = false
    // Of the bytes so far.
    var found = crc32(0, nil, 0)
    var size = 0

    var isPassedOver: Bool { name.hasSuffix("/") || name.hasPrefix("__MACOSX/") }
  }

  init(_ raw: RawBytes) {
    input = PackedInput(raw)
    // −15: no header of zlib's or gzip's.
    let status = inflateInit2_(&state, -15, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    precondition(status == Z_OK, "zlib cannot start: the library and its header disagree")
  }

  deinit { inflateEnd(&state) }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    while !isAtEnd {
      guard var member = try member ?? nextMember() else { break }
      let count = try read(&member, into: buffer)
      self.member = member
      if count == 0 {
        try end(member)
        self.member = nil
      } else if !member.isPassedOver {
        return count
      }
    }
    return 0
  }

  /// The next file; nil behind the last one.
  private func nextMember() throws -> Member? {
    let head = try input.take(4)
    guard head == [0x50, 0x4B, 3, 4] else {
      // A directory follows, or there is nothing but one.
      isAtEnd = true
      guard head.starts(with: [0x50, 0x4B]) else {
        throw input.damaged("zip data", "neither a file nor the directory follows")
      }
      guard hasRead else { throw refusal("a zip archive without files", "one log in it") }
      return nil
    }
    let fields = try input.take(26)
    guard fields.count == 26 else { throw input.cutShort("a zip archive") }
    func number(_ place: Int, _ count: Int) -> Int {
      (0..<count).reduce(0) { $0 | Int(fields[place + $1]) << (8 * $1) }
    }
    let (flags, method) = (number(2, 2), number(4, 2))
    let (nameLength, extraLength) = (number(22, 2), number(24, 2))
    let rest = try input.take(nameLength + extraLength)
    guard rest.count == nameLength + extraLength else { throw input.cutShort("a zip archive") }
    var member = Member()
    member.name = String(decoding: rest.prefix(nameLength), as: UTF8.self)
    member.isDeflated = method == 8
    member.hasDescriptor = flags & 8 != 0
    member.checksum = UInt(number(10, 4))
    member.left = number(14, 4)
    if ["[Content_Types].xml", "mimetype"].contains(member.name) {
      throw refusal("a spreadsheet or document", "a log", "save it as CSV")
    }
    guard flags & 1 == 0 else { throw refusal("an encrypted zip archive", "a plain one") }
    let isKnown = method == 8 || method == 0 && !member.hasDescriptor && member.left < 0xFFFF_FFFF
    guard isKnown else {
      throw refusal("a zip archive packed by method \(method)", "one that is deflated")
    }
    if !member.isPassedOver {
      guard !hasRead else { throw refusal("a zip archive of several files", "one log in it") }
      hasRead = true
    }
    return member
  }

  /// Some bytes of a file; 0 at its end.
  private func read(
    _ member: inout Member, into buffer: UnsafeMutableRawBufferPointer
  ) throws -> Int {
    let target = buffer.bindMemory(to: UInt8.self)
    var count = 0
    if member.isDeflated {
      count = try inflate(&member, into: target)
    } else if member.left > 0 {
      let bytes = try input.bytes()
      if bytes.isEmpty { throw input.cutShort("a zip archive") }
      count = min(bytes.count, target.count, member.left)
      target.baseAddress!.update(from: bytes.baseAddress!, count: count)
      input.use(count)
      member.left -= count
    }
    member.size += count
    member.found = crc32_z(member.found, target.baseAddress, count)
    return count
  }

  private func inflate(
    _ member: inout Member, into target: UnsafeMutableBufferPointer<UInt8>
  ) throws -> Int {
    if member.isEnded { return 0 }
    state.next_out = target.baseAddress
    state.avail_out = UInt32(min(target.count, Int(Int32.max)))
    let room = state.avail_out
    while state.avail_out == room {
      let bytes = try input.bytes()
      if bytes.isEmpty { throw input.cutShort("a zip archive") }
      state.next_in = bytes.baseAddress
      state.avail_in = UInt32(bytes.count)
      let status = CZlib.inflate(&state, Z_NO_FLUSH)
      input.use(bytes.count - Int(state.avail_in))
      switch status {
      case Z_OK, Z_BUF_ERROR: break
      case Z_STREAM_END:
        inflateReset(&state)
        member.isEnded = true
        return Int(room - state.avail_out)
      default:
        throw input.damaged(
          "zip data", state.msg.map { String(cString: $0) } ?? "invalid data")
      }
    }
    return Int(room - state.avail_out)
  }

  /// Holds a file against its checksum, which may stand behind it, with a signature or without, and with
  /// sizes of four bytes or of eight.
  private func end(_ member: Member) throws {
    var checksum = member.checksum
    if member.hasDescriptor {
      var bytes = try input.take(4)
      if bytes == [0x50, 0x4B, 7, 8] { bytes = try input.take(4) }
      let sizes = try input.take(8)
      guard bytes.count == 4, sizes.count == 8 else { throw input.cutShort("a zip archive") }
      checksum = bytes.reversed().reduce(0) { $0 << 8 | UInt($1) }
      let size = sizes[4...].reversed().reduce(0) { $0 << 8 | Int($1) }
      if size != member.size & 0xFFFF_FFFF || member.size > Int(UInt32.max) {
        _ = try input.take(8)
      }
    }
    guard checksum == UInt(member.found) else {
      throw input.damaged("zip data", "the checksum of \(quoted(member.name)) is wrong")
    }
  }

  private func refusal(
    _ found: String, _ expected: String,
    _ remedy: String = "unpack it, or into a pipe: unzip -p ARCHIVE FILE | deepfm … -"
  ) -> UserError {
    UserError(input.name, found: found, expected: expected, remedy: remedy)
  }
}
