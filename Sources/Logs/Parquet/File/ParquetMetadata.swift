/// The footer of a Parquet file, as far as it is needed to read values: `FileMetaData` of parquet.thrift.
struct ParquetMetadata: Sendable {
  /// The schema as a tree, parents before their children.
  var schema: [Element] = []
  var rowGroups: [RowGroup] = []
  /// What wrote the file, in its own words.
  var creator: String?

  /// A place of the schema: a column, or a group of them.
  struct Element: Sendable {
    /// nil for a group.
    var type: PhysicalType?
    /// The bytes of a value of fixed length.
    var typeLength = 0
    var repetition = Repetition.required
    var name = ""
    var children = 0
    /// The older way to say what values mean, by the number of `ConvertedType`.
    var converted: Int?
    var scale = 0
    var precision = 0
    var logical: LogicalType?
  }

  enum Repetition: Int, Sendable { case required, optional, repeated }

  /// How values are stored.
  enum PhysicalType: Int, Sendable {
    case boolean, int32, int64, int96, float, double, byteArray, fixedByteArray
  }

  /// What they mean.
  enum LogicalType: Sendable, Hashable {
    case string, map, list, enumeration, json, bson, uuid, float16, unknown
    case decimal(scale: Int, precision: Int)
    case date
    case time(TimeUnit)
    case timestamp(TimeUnit, isUTC: Bool)
    case integer(bits: Int, isSigned: Bool)
  }

  /// How many of it a second has.
  enum TimeUnit: Int, Sendable {
    case milliseconds = 1_000
    case microseconds = 1_000_000
    case nanoseconds = 1_000_000_000
  }

  struct RowGroup: Sendable {
    var rows = 0
    var chunks: [Chunk] = []
  }

  /// The values of one column in a row group.
  struct Chunk: Sendable {
    /// The file that holds it, where it is another one.
    var path: String?
    var type: PhysicalType?
    var codec = 0
    /// How many values, those that are missing included.
    var values = 0
    /// The bytes of its pages with their headers.
    var size = 0
    var firstPage = 0
    var dictionaryPage: Int?
    var isEncrypted = false
    /// Whether it says anything of its pages.
    var isThere = false
  }
}

extension ParquetMetadata {
  /// Reads a footer.
  /// - Throws: ``ParquetProblem``.
  init(_ bytes: UnsafeRawBufferPointer) throws {
    var reader = ThriftReader(bytes)
    var metadata = ParquetMetadata()
    try reader.structure { reader, id, kind in
      switch (id, kind) {
      case (2, .list): metadata.schema = try reader.list(.structure) { try Element(&$0) }
      case (4, .list): metadata.rowGroups = try reader.list(.structure) { try RowGroup(&$0) }
      case (6, .binary): metadata.creator = try reader.string()
      default: return false
      }
      return true
    }
    self = metadata
  }
}

extension ParquetMetadata.Element {
  init(_ reader: inout ThriftReader) throws {
    var element = ParquetMetadata.Element()
    try reader.structure { reader, id, kind in
      switch (id, kind) {
      case (1, .int32):
        let number = try reader.integer()
        element.type = .init(rawValue: number)
        guard element.type != nil else {
          throw ParquetProblem("type \(number) of a column", expected: "one of Parquet's")
        }
      case (2, .int32): element.typeLength = try reader.integer()
      case (3, .int32):
        let number = try reader.integer()
        guard let repetition = ParquetMetadata.Repetition(rawValue: number) else {
          throw ParquetProblem("repetition \(number) of a column", expected: "0, 1 or 2")
        }
        element.repetition = repetition
      case (4, .binary): element.name = try reader.string()
      case (5, .int32): element.children = try reader.count()
      case (6, .int32): element.converted = try reader.integer()
      case (7, .int32): element.scale = try reader.integer()
      case (8, .int32): element.precision = try reader.integer()
      case (10, .structure): element.logical = try ParquetMetadata.LogicalType(&reader)
      default: return false
      }
      return true
    }
    self = element
  }
}

extension ParquetMetadata.LogicalType {
  init?(_ reader: inout ThriftReader) throws {
    var found: Self?
    try reader.structure { reader, id, kind in
      guard kind == .structure else { return false }
      switch id {
      case 1: found = .string
      case 2: found = .map
      case 3: found = .list
      case 4: found = .enumeration
      case 5:
        let (scale, precision) = try reader.two(.int32, .int32) { try $0.integer() }
        found = .decimal(scale: scale ?? 0, precision: precision ?? 0)
        return true
      case 6: found = .date
      case 7, 8:
        var (isUTC, unit) = (false, ParquetMetadata.TimeUnit?.none)
        try reader.structure { reader, field, kind in
          if field == 1 { isUTC = kind == .isTrue }
          guard field == 2, kind == .structure else { return false }
          try reader.structure { _, number, _ in
            unit = number == 1 ? .milliseconds : number == 2 ? .microseconds : .nanoseconds
            return false
          }
          return true
        }
        guard let unit else {
          throw ParquetProblem("a time without its unit in the schema", expected: "one")
        }
        found = id == 7 ? .time(unit) : .timestamp(unit, isUTC: isUTC)
        return true
      case 10:
        var (bits, isSigned) = (64, true)
        try reader.structure { reader, field, kind in
          if field == 2 { isSigned = kind == .isTrue }
          guard field == 1, kind == .byte else { return false }
          bits = Int(try reader.signedByte())
          return true
        }
        found = .integer(bits: bits, isSigned: isSigned)
        return true
      case 11: found = .unknown
      case 12: found = .json
      case 13: found = .bson
      case 14: found = .uuid
      case 15: found = .float16
      default: break
      }
      return false
    }
    guard let found else { return nil }
    self = found
  }
}

extension ParquetMetadata.RowGroup {
  init(_ reader: inout ThriftReader) throws {
    var group = ParquetMetadata.RowGroup()
    try reader.structure { reader, id, kind in
      switch (id, kind) {
      case (1, .list): group.chunks = try reader.list(.structure) { try ParquetMetadata.Chunk(&$0) }
      case (3, .int64): group.rows = try reader.integer()
      default: return false
      }
      return true
    }
    self = group
  }
}

extension ParquetMetadata.Chunk {
  init(_ reader: inout ThriftReader) throws {
    var chunk = ParquetMetadata.Chunk()
    try reader.structure { reader, id, kind in
      switch (id, kind) {
      case (1, .binary): chunk.path = try reader.string()
      case (3, .structure): try chunk.readDetails(&reader)
      case (8, .structure):
        chunk.isEncrypted = true
        return false
      default: return false
      }
      return true
    }
    self = chunk
  }

  /// `ColumnMetaData`
  private mutating func readDetails(_ reader: inout ThriftReader) throws {
    var chunk = self
    chunk.isThere = true
    try reader.structure { reader, id, kind in
      switch (id, kind) {
      case (1, .int32): chunk.type = .init(rawValue: try reader.integer())
      case (4, .int32): chunk.codec = try reader.integer()
      case (5, .int64): chunk.values = try reader.integer()
      case (7, .int64): chunk.size = try reader.integer()
      case (9, .int64): chunk.firstPage = try reader.integer()
      case (11, .int64): chunk.dictionaryPage = try reader.integer()
      default: return false
      }
      return true
    }
    self = chunk
  }
}

extension ThriftReader {
  /// The first two fields of a structure, nil where they are not there.
  mutating func two<Value>(
    _ first: Kind, _ second: Kind, _ read: (inout ThriftReader) throws -> Value
  ) throws -> (Value?, Value?) {
    var values: (Value?, Value?) = (nil, nil)
    try structure { reader, id, kind in
      if id == 1, kind == first {
        values.0 = try read(&reader)
      } else if id == 2, kind == second {
        values.1 = try read(&reader)
      } else {
        return false
      }
      return true
    }
    return values
  }
}
