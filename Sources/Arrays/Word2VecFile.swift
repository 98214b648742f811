import Glibc
import Support

/// Vectors as word2vec and GloVe write them: a first line with how many there are and their length, which GloVe leaves
/// out, then a value and its numbers each, as text a line, or in binary as floats of 4 bytes behind a blank.
struct Word2VecFile {
  private let bytes: UnsafeRawBufferPointer
  private let path: String
  /// What the first line says, and where it ends.
  private var head: (count: Int, width: Int)?
  private var start = 0

  init(_ bytes: UnsafeRawBufferPointer, _ path: String) {
    (self.bytes, self.path) = (bytes, path)
    let line = bytes.prefix(100).prefix { $0 != UInt8(ascii: "\n") }
    let words = String(decoding: line, as: UTF8.self).split { $0.isWhitespace }
    guard words.count == 2, let count = Int(words[0]), let width = Int(words[1]), count >= 0,
      width > 0, line.count < 100
    else { return }
    head = (count, width)
    start = min(line.count + 1, bytes.count)
  }

  static func nothing(_ path: String) -> UserError {
    UserError(
      path, found: "an empty file", expected: "vectors by value", remedy: "write the file again")
  }

  /// Floats have bytes that no text has.
  private var isBinary: Bool {
    guard head != nil else { return false }
    return path.hasSuffix(".bin")
      || bytes[start..<min(start + 1 << 16, bytes.count)].contains {
        $0 < 9 || 14..<32 ~= $0
      }
  }

  func read(into collector: inout VectorCollector) throws {
    if let head { try collector.check(width: head.width) }
    if isBinary { try readBinary(into: &collector) } else { try readText(into: &collector) }
    guard let head, collector.found.inFile != head.count else { return }
    throw UserError(
      path, found: "\(collector.found.inFile) vectors",
      expected: "\(head.count), as its first line says",
      remedy: "the file is cut short or changed: copy or write it again")
  }

  private func readBinary(into collector: inout VectorCollector) throws {
    let size = 4 * collector.width
    var place = start
    while place < bytes.count {
      // Some writers end a vector by a line's end.
      if bytes[place] == UInt8(ascii: "\n") { place += 1 }
      if place == bytes.count { break }
      let rest = UnsafeRawBufferPointer(rebasing: bytes[place...])
      guard let length = rest.prefix(1 << 16).firstIndex(of: UInt8(ascii: " ")),
        length + 1 + size <= rest.count
      else {
        throw UserError(
          path, found: "a vector cut short behind \(collector.found.inFile) whole ones",
          expected: "a value, a blank, and \(collector.width) floats",
          remedy: "copy or write the file again")
      }
      try collector.add(UnsafeRawBufferPointer(rebasing: rest[..<length])) {
        UnsafeMutableRawPointer($0).copyMemory(
          from: rest.baseAddress! + length + 1, byteCount: size)
      }
      place += length + 1 + size
    }
  }

  private func readText(into collector: inout VectorCollector) throws {
    var (place, line) = (start, head == nil ? 1 : 2)
    var width = head?.width
    while place < bytes.count {
      let end = bytes[place...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
      let own = trimmed(bytes[place..<end])
      defer { (place, line) = (end + 1, line + 1) }
      if own.isEmpty { continue }
      if width == nil {
        // A value may have blanks, in none of the first lines that are known.
        width = own.split(whereSeparator: isBlank).count - 1
        try collector.check(width: width ?? 0)
      }
      guard let numbers = numbersStart(own, collector.width) else {
        throw UserError(
          path, line: line, found: "\(own.split(whereSeparator: isBlank).count - 1) numbers",
          expected: "a value and \(collector.width) numbers",
          remedy: "the line is cut short or another file's: write the file again")
      }
      let value = UnsafeRawBufferPointer(rebasing: trimmed(own[..<numbers]))
      let text = own[numbers...]
      let count = collector.width
      try collector.add(value, line: line) { try parse(text, count, line, into: $0) }
    }
  }

  private func isBlank(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t")
  }

  private func trimmed(
    _ text: Slice<UnsafeRawBufferPointer>
  ) -> Slice<UnsafeRawBufferPointer> {
    var text = text
    while let last = text.last, isBlank(last) || last == UInt8(ascii: "\r") { text.removeLast() }
    while let first = text.first, isBlank(first) { text.removeFirst() }
    return text
  }

  /// Where the last `count` words of a line begin, which leave a value before them; nil where there are too few.
  private func numbersStart(_ line: Slice<UnsafeRawBufferPointer>, _ count: Int) -> Int? {
    var (place, left) = (line.endIndex, count)
    while left > 0 {
      while place > line.startIndex, isBlank(line[place - 1]) { place -= 1 }
      while place > line.startIndex, !isBlank(line[place - 1]) { place -= 1 }
      guard place > line.startIndex else { return nil }
      left -= 1
    }
    return place
  }

  /// Reads numbers that stand between blanks.
  private func parse(
    _ text: Slice<UnsafeRawBufferPointer>, _ count: Int, _ line: Int,
    into target: UnsafeMutablePointer<Float>
  ) throws {
    for (index, word) in text.split(whereSeparator: isBlank).enumerated() {
      // Numbers end with the file, not with a zero.
      let number = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 64) { copy -> Float? in
        guard word.count < 64 else { return nil }
        for (place, byte) in word.enumerated() { copy[place] = CChar(bitPattern: byte) }
        copy[word.count] = 0
        var end: UnsafeMutablePointer<CChar>?
        let number = strtof(copy.baseAddress!, &end)
        return end == copy.baseAddress! + word.count ? number : nil
      }
      guard let number else {
        throw UserError(
          path, line: line, found: quoted(String(decoding: word.prefix(40), as: UTF8.self)),
          expected: "number \(index + 1) of \(count)", remedy: "correct the line")
      }
      target[index] = number
    }
  }
}
