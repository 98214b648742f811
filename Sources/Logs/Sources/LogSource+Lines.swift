import Glibc

extension LogSource {
  /// Calls `body` with every line, without its end; behind it stands the byte of the end, or NUL. What stands
  /// behind the last end, if anything, is no whole line.
  ///
  /// - Parameter body: gets the line, its number from 1, and whether it is whole; returns whether to go on.
  /// - Throws: ``UserError`` if it cannot be read, or what `body` throws.
  package func forEachLine(
    _ body: (UnsafeRawBufferPointer, _ number: Int, _ isWhole: Bool) throws -> Bool
  ) throws {
    let stream = try ByteStream(self)
    var buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
    defer { buffer.deallocate() }
    var (filled, number) = (0, 0)
    while true {
      // One byte stays free for the NUL.
      let room = UnsafeMutableRawBufferPointer(rebasing: buffer[filled..<buffer.count - 1])
      let got = try stream.fill(room)
      let isEnd = got < room.count
      filled += got
      var start = 0
      while let found = memchr(buffer.baseAddress! + start, 0x0A, filled - start) {
        let end = found - buffer.baseAddress!
        number += 1
        guard try body(UnsafeRawBufferPointer(rebasing: buffer[start..<end]), number, true) else {
          return
        }
        start = end + 1
      }
      if isEnd {
        buffer[filled] = 0
        if start < filled {
          _ = try body(UnsafeRawBufferPointer(rebasing: buffer[start..<filled]), number + 1, false)
        }
        return
      }
      let rest = filled - start
      if start == 0 {
        // A line longer than the buffer.
        let larger = UnsafeMutableRawBufferPointer.allocate(
          byteCount: 2 * buffer.count, alignment: 16)
        larger.copyMemory(from: UnsafeRawBufferPointer(rebasing: buffer[..<filled]))
        buffer.deallocate()
        buffer = larger
      } else {
        buffer.baseAddress!.copyMemory(from: buffer.baseAddress! + start, byteCount: rest)
      }
      filled = rest
    }
  }
}
