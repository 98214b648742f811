/// What stands before a page: `PageHeader` of parquet.thrift.
struct PageHeader {
  var kind = Kind.other
  /// The bytes of the page once unpacked, and as it is stored.
  var size = 0
  var packedSize = 0
  var checksum: UInt32?
  /// How many values, those that are missing included.
  var values = 0
  var encoding = 0
  var definitionEncoding = LevelEncoding.hybrid
  var repetitionEncoding = LevelEncoding.hybrid
  /// Of the second version: rows, and the bytes of the levels, which are not packed.
  var rows = 0
  var definitionBytes = 0
  var repetitionBytes = 0
  var isPacked = true

  enum Kind { case first, second, dictionary, other }

  /// How levels are written.
  enum LevelEncoding: Int {
    case hybrid = 3
    case packed = 4
  }

  init() {}

  /// Reads a header.
  /// - Returns: it and how many bytes it takes.
  /// - Throws: ``ParquetProblem``.
  static func read(_ bytes: UnsafeRawBufferPointer) throws -> (PageHeader, count: Int) {
    var reader = ThriftReader(bytes)
    var header = PageHeader()
    try reader.structure { reader, id, kind in
      switch (id, kind) {
      case (1, .int32):
        let number = try reader.integer()
        header.kind =
          number == 0 ? .first : number == 2 ? .dictionary : number == 3 ? .second : .other
      case (2, .int32): header.size = try reader.count()
      case (3, .int32): header.packedSize = try reader.count()
      case (4, .int32): header.checksum = UInt32(truncatingIfNeeded: try reader.integer())
      case (5, .structure): try header.readFirst(&reader)
      case (7, .structure): try header.readDictionary(&reader)
      case (8, .structure): try header.readSecond(&reader)
      default: return false
      }
      return true
    }
    return (header, reader.position)
  }

  private mutating func readFirst(_ reader: inout ThriftReader) throws {
    var header = self
    try reader.structure { reader, id, kind in
      guard kind == .int32 else { return false }
      switch id {
      case 1: header.values = try reader.count()
      case 2: header.encoding = try reader.integer()
      case 3: header.definitionEncoding = try Self.levels(try reader.integer())
      case 4: header.repetitionEncoding = try Self.levels(try reader.integer())
      default: return false
      }
      return true
    }
    self = header
  }

  private mutating func readDictionary(_ reader: inout ThriftReader) throws {
    var header = self
    try reader.structure { reader, id, kind in
      guard kind == .int32 else { return false }
      switch id {
      case 1: header.values = try reader.count()
      case 2: header.encoding = try reader.integer()
      default: return false
      }
      return true
    }
    self = header
  }

  private mutating func readSecond(_ reader: inout ThriftReader) throws {
    var header = self
    try reader.structure { reader, id, kind in
      switch (id, kind) {
      case (1, .int32): header.values = try reader.count()
      case (3, .int32): header.rows = try reader.count()
      case (4, .int32): header.encoding = try reader.integer()
      case (5, .int32): header.definitionBytes = try reader.count()
      case (6, .int32): header.repetitionBytes = try reader.count()
      case (7, .isFalse): header.isPacked = false
      default: return false
      }
      return true
    }
    self = header
  }

  private static func levels(_ number: Int) throws -> LevelEncoding {
    guard let encoding = LevelEncoding(rawValue: number) else {
      throw ParquetProblem("levels in encoding \(number)", expected: "RLE or BIT_PACKED")
    }
    return encoding
  }
}
