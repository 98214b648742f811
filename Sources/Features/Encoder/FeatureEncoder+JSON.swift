import Foundation

extension FeatureEncoder {
  /// The JSON that ``encode(to:)`` gives with sorted keys, piece by piece: a coder would hold an object
  /// for every value of the vocabularies, many times what they take here.
  package func writeJSON(_ write: (UnsafeRawBufferPointer) throws -> Void) throws {
    let coder = JSONEncoder()
    coder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let bare = FeatureEncoder(bare: self)
    let text = try coder.encode(bare)
    // A quote within a string stands behind a backslash: this can only be the key.
    let key = Data(#""vocabulary":["#.utf8)
    var rest = text[...]
    for index in fields.indices {
      let place = rest.range(of: key)!
      try rest[..<place.upperBound].withUnsafeBytes(write)
      rest = rest[place.upperBound...]
      if Self.owner(of: index, in: fields) == nil {
        try fields[index].vocabulary.writeJSON(coder, write)
      }
    }
    try rest.withUnsafeBytes(write)
  }
}

extension Vocabulary {
  /// The values as a list in JSON, without its brackets.
  fileprivate func writeJSON(
    _ coder: JSONEncoder, _ write: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    let quote = UInt8(ascii: "\"")
    var piece: [UInt8] = []
    for rank in 0..<count {
      if rank > 0 { piece.append(UInt8(ascii: ",")) }
      if isFree(rank) {
        piece.append(contentsOf: "null".utf8)
        continue
      }
      let bytes = bytes(of: rank)
      let isPlain = bytes.allSatisfy {
        $0 >= 0x20 && $0 < 0x7F && $0 != quote && $0 != UInt8(ascii: "\\")
      }
      if isPlain {
        piece.append(quote)
        piece.append(contentsOf: bytes)
        piece.append(quote)
      } else {
        piece += try coder.encode(self[rank])
      }
      if piece.count > 1 << 16 {
        try piece.withUnsafeBytes(write)
        piece.removeAll(keepingCapacity: true)
      }
    }
    try piece.withUnsafeBytes(write)
  }
}
