/// Writes Thrift's compact protocol, as far as metadata of Parquet needs it. Ids of fields rise by less than 16.
struct ThriftWriter {
  private(set) var bytes: [UInt8] = []
  private var last: [Int] = []

  mutating func varint(_ number: UInt64) {
    var rest = number
    while rest > 127 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 128)
      rest >>= 7
    }
    bytes.append(UInt8(truncatingIfNeeded: rest))
  }

  private mutating func zigzag(_ number: Int) {
    varint(UInt64(bitPattern: Int64(number << 1 ^ number >> 63)))
  }

  private mutating func field(_ id: Int, _ kind: ThriftReader.Kind) {
    bytes.append(UInt8(id - last[last.count - 1]) << 4 | kind.rawValue)
    last[last.count - 1] = id
  }

  /// The fields of a structure, and its end.
  mutating func structure(_ fields: (inout ThriftWriter) -> Void) {
    last.append(0)
    fields(&self)
    bytes.append(0)
    last.removeLast()
  }

  mutating func structure(_ id: Int, _ fields: (inout ThriftWriter) -> Void) {
    field(id, .structure)
    structure(fields)
  }

  mutating func int32(_ id: Int, _ number: Int) {
    field(id, .int32)
    zigzag(number)
  }

  mutating func int64(_ id: Int, _ number: Int) {
    field(id, .int64)
    zigzag(number)
  }

  mutating func string(_ id: Int, _ text: String) {
    field(id, .binary)
    string(text)
  }

  private mutating func string(_ text: String) {
    varint(UInt64(text.utf8.count))
    bytes += text.utf8
  }

  private mutating func list(_ id: Int, _ kind: ThriftReader.Kind, _ count: Int) {
    field(id, .list)
    if count < 15 {
      bytes.append(UInt8(count) << 4 | kind.rawValue)
    } else {
      bytes.append(0xF0 | kind.rawValue)
      varint(UInt64(count))
    }
  }

  mutating func structures<Element>(
    _ id: Int, _ elements: [Element], _ fields: (inout ThriftWriter, Element) -> Void
  ) {
    list(id, .structure, elements.count)
    for element in elements { structure { fields(&$0, element) } }
  }

  mutating func numbers(_ id: Int, _ numbers: [Int]) {
    list(id, .int32, numbers.count)
    for number in numbers { zigzag(number) }
  }

  mutating func strings(_ id: Int, _ texts: [String]) {
    list(id, .binary, texts.count)
    for text in texts { string(text) }
  }
}
