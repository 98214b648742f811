import Support

extension Table where Grammar == JSONObjects {
  /// The keys of the current record's values, those of objects inside behind their object's with a dot;
  /// and whether the value is a list that holds objects or lists, which no column can be.
  package func keys() throws -> [(name: String, isNested: Bool)] {
    var keys: [(name: String, isNested: Bool)] = []
    let bytes = record.bindMemory(to: UInt8.self).baseAddress!
    func collect(at start: Int, _ prefix: String, depth: Int, _ parser: inout JSONParser) throws
      -> Int
    {
      try parser.members(at: start) { parser, key, place in
        let text = [UInt8](unsafeUninitializedCapacity: key.count) { buffer, count in
          count = (try? parser.unescape(key, into: buffer.baseAddress!, at: 0)) ?? 0
        }
        let name = prefix + String(decoding: text, as: UTF8.self)
        if bytes[place] == UInt8(ascii: "{") {
          return try collect(at: place, name + ".", depth: depth + 1, &parser)
        }
        let next = try parser.skipValue(at: place, depth: depth)
        keys.append((name, isNestedList(place..<next, bytes)))
        return next
      }
    }
    var parser = JSONParser(bytes)
    _ = try collect(at: parser.skipBlanks(0), "", depth: 1, &parser)
    return keys
  }

  /// Whether a value is a list with an object or a list in it.
  private func isNestedList(_ value: Range<Int>, _ bytes: UnsafePointer<UInt8>) -> Bool {
    guard bytes[value.lowerBound] == UInt8(ascii: "[") else { return false }
    var (isText, isEscaped) = (false, false)
    for place in value.dropFirst() {
      switch bytes[place] {
      case _ where isEscaped: isEscaped = false
      case UInt8(ascii: "\\"): isEscaped = isText
      case UInt8(ascii: "\""): isText.toggle()
      case UInt8(ascii: "{"), UInt8(ascii: "["): if !isText { return true }
      default: break
      }
    }
    return false
  }
}
