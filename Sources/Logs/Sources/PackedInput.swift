import Support

/// What a decompressor reads of a source: the packed bytes, a buffer of them at a time.
final class PackedInput {
  let name: String
  private let raw: RawBytes
  private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
  private var next = 0
  private var end = 0
  /// How many bytes came from the source.
  private var count = 0

  init(_ raw: RawBytes) { (self.raw, name) = (raw, raw.name) }

  deinit { buffer.deallocate() }

  /// Where the next byte is in the source.
  var place: Int { count - (end - next) }

  /// The bytes at hand, read anew where there are none; empty at the source's end.
  func bytes() throws -> UnsafeMutableBufferPointer<UInt8> {
    if next == end {
      (next, end) = (0, try raw.read(into: buffer))
      count += end
    }
    return UnsafeMutableRawBufferPointer(rebasing: buffer[next..<end])
      .bindMemory(to: UInt8.self)
  }

  /// Passes over bytes at hand.
  func use(_ count: Int) { next += count }

  /// The next bytes, fewer at the source's end.
  func take(_ wanted: Int) throws -> [UInt8] {
    var taken: [UInt8] = []
    while taken.count < wanted, case let found = try bytes(), !found.isEmpty {
      let part = found.prefix(wanted - taken.count)
      taken += part
      use(part.count)
    }
    return taken
  }

  /// Passes over the zeros that fill up a block of a tape or disk behind what is packed; false at the end.
  func passZeros() throws -> Bool {
    while case let found = try bytes(), !found.isEmpty {
      let zeros = found.prefix { $0 == 0 }.count
      use(zeros)
      if zeros < found.count { return true }
    }
    return false
  }

  func cutShort(_ kind: String) -> UserError {
    UserError(
      name, found: "the end of the file at byte \(place) inside \(kind)", expected: "its end",
      remedy: "the file is cut short: copy it again")
  }

  func damaged(_ kind: String, _ reason: String) -> UserError {
    UserError(
      name, found: "damaged \(kind) near byte \(place) (\(reason))", expected: "\(kind)",
      remedy: "copy the file again")
  }
}
