import CZlib
import Support

/// The files of a zip archive by their names, as its directory has them: stored or deflated, of any size.
struct ZipArchive {
  /// A file of the directory.
  private struct Entry {
    let place, packed, size: Int
    let method: Int
    let checksum: UInt32
  }

  static let magic: [UInt8] = [0x50, 0x4B, 3, 4]
  private let file: MappedFile
  private let path: String
  private var entries: [String: Entry] = [:]

  /// - Throws: `UserError` where there is no whole directory.
  init(_ file: MappedFile, path: String) throws {
    (self.file, self.path) = (file, path)
    try readDirectory()
  }

  /// The names of all files.
  var names: [String] { entries.keys.sorted() }

  /// The bytes of a file; nil where there is none of this name.
  ///
  /// - Throws: `UserError` where they cannot be unpacked or are not what their checksum says.
  func bytes(of name: String) throws -> Bytes? {
    guard let entry = entries[name] else { return nil }
    let head = entry.place
    guard head >= 0, head <= file.bytes.count - 30, number(head, 4) == 0x0403_4B50 else {
      throw damaged("no file where the directory says \(quoted(name))")
    }
    let start = head + 30 + number(head + 26, 2) + number(head + 28, 2)
    guard start <= file.bytes.count, entry.packed >= 0,
      entry.packed <= file.bytes.count - start
    else { throw damaged("\(quoted(name)) cut short") }
    let packed = Bytes(file, start..<start + entry.packed)
    let bytes: Bytes
    switch entry.method {
    case 0: bytes = packed
    case 8: bytes = Bytes(try inflated(packed, entry, name))
    default:
      throw UserError(
        path, found: "\(quoted(name)) packed by method \(entry.method)",
        expected: "files stored or deflated", remedy: "write it by numpy.savez or torch.save")
    }
    let checksum = bytes.withBytes {
      crc32_z(crc32(0, nil, 0), $0.bindMemory(to: UInt8.self).baseAddress, $0.count)
    }
    guard UInt32(truncatingIfNeeded: checksum) == entry.checksum, bytes.raw.count == entry.size
    else { throw damaged("bytes of \(quoted(name)) that do not match their checksum") }
    return bytes
  }

  private mutating func readDirectory() throws {
    let size = file.bytes.count
    // The end record has a comment of at most 65,535 bytes behind it.
    let first = max(0, size - 22 - 0xFFFF)
    guard size >= 22,
      let end = stride(from: size - 22, through: first, by: -1)
        .first(where: { number($0, 4) == 0x0605_4B50 })
    else { throw damaged("an archive without its end") }
    var (count, place) = (number(end + 10, 2), number(end + 16, 4))
    if end >= 20, number(end - 20, 4) == 0x0706_4B50 {
      // The record of an archive whose places take 8 bytes.
      let record = number(end - 20 + 8, 8)
      guard record >= 0, record <= size - 56, number(record, 4) == 0x0606_4B50 else {
        throw damaged("an archive without its end")
      }
      (count, place) = (number(record + 32, 8), number(record + 48, 8))
    }
    for _ in 0..<max(count, 0) {
      guard place >= 0, place <= size - 46, number(place, 4) == 0x0201_4B50 else {
        throw damaged("a directory that is cut short")
      }
      let (nameLength, extraLength) = (number(place + 28, 2), number(place + 30, 2))
      let next = place + 46 + nameLength + extraLength + number(place + 32, 2)
      guard next <= size else { throw damaged("a directory that is cut short") }
      let name = String(decoding: file.bytes[place + 46..<place + 46 + nameLength], as: UTF8.self)
      guard number(place + 8, 2) & 1 == 0 else { throw damaged("\(quoted(name)) encrypted") }
      // Numbers that do not fit 4 bytes stand in an extra field, in this order.
      var (sizes, extra) = (
        [number(place + 24, 4), number(place + 20, 4), number(place + 42, 4)],
        place + 46 + nameLength
      )
      while extra + 4 <= place + 46 + nameLength + extraLength {
        let length = number(extra + 2, 2)
        if number(extra, 2) == 1 {
          var own = extra + 4
          for index in sizes.indices where sizes[index] == 0xFFFF_FFFF && own + 8 <= size {
            sizes[index] = number(own, 8)
            own += 8
          }
        }
        extra += 4 + length
      }
      entries[name] = Entry(
        place: sizes[2], packed: sizes[1], size: sizes[0], method: number(place + 10, 2),
        checksum: UInt32(truncatingIfNeeded: number(place + 16, 4)))
      place = next
    }
  }

  private func inflated(_ packed: Bytes, _ entry: Entry, _ name: String) throws -> [UInt8] {
    // A byte unpacks to 1,032 at most: more is a lie that would only cost memory.
    guard entry.size >= 0, entry.size <= (packed.raw.count + 1) * 1032 else {
      throw damaged("a size of \(quoted(name)) that it cannot have")
    }
    var state = z_stream()
    // −15: no header of zlib's or gzip's.
    let status = inflateInit2_(&state, -15, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    precondition(status == Z_OK, "zlib cannot start: the library and its header disagree")
    defer { inflateEnd(&state) }
    let bytes = [UInt8](unsafeUninitializedCapacity: entry.size) { target, count in
      packed.withBytes { packed in
        // zlib counts in 32 bits.
        var used = 0
        repeat {
          let some = min(packed.count - used, 1 << 30)
          state.next_in = UnsafeMutablePointer(
            mutating: packed.bindMemory(to: UInt8.self).baseAddress.map { $0 + used })
          state.avail_in = UInt32(some)
          state.next_out = target.baseAddress.map { $0 + count }
          state.avail_out = UInt32(min(target.count - count, 1 << 30))
          let room = state.avail_out
          let status = inflate(&state, Z_NO_FLUSH)
          used += some - Int(state.avail_in)
          count += Int(room - state.avail_out)
          if status != Z_OK { return }
        } while used < packed.count && count < target.count
      }
    }
    return bytes
  }

  /// A little-endian number.
  private func number(_ place: Int, _ count: Int) -> Int {
    let word = (0..<count).reduce(UInt64(0)) {
      $0 | UInt64(file.bytes[place + $1]) << UInt64(8 * $1)
    }
    return Int(clamping: word)
  }

  private func damaged(_ found: String) -> UserError {
    UserError(
      path, found: found, expected: "a whole zip archive, as .npz and .pt files are",
      remedy: "the file is cut short or damaged: copy or write it again")
  }
}
