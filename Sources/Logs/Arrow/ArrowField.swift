import CArrow
import Support

/// What a column of an Arrow stream holds, read from its schema: how the values lie in memory, and what they
/// stand for.
///
/// Formats are those of the Arrow C data interface: https://arrow.apache.org/docs/format/CDataInterface.html
struct ArrowField: Sendable {
  /// How values lie in the buffers of an array.
  enum Layout: Sendable, Hashable {
    /// Nothing but missing values.
    case none
    /// A bit a value.
    case bits
    case integers(bytes: Int, isSigned: Bool)
    /// As many bits as a half, a float or a double has.
    case reals(bytes: Int)
    /// Decimals: whole numbers of any width, the lowest byte first.
    case wide(bytes: Int)
    /// Bytes, as many for each value.
    case fixed(bytes: Int)
    /// Bytes, between offsets of 4 or 8 bytes.
    case bytes(offset: Int)
    /// Bytes, in 16 bytes a value that hold them or say where they are.
    case views
    /// Lists, between offsets of 4 or 8 bytes.
    case lists(offset: Int)
    /// Lists, of as many values each.
    case fixedLists(count: Int)
    case structure
  }

  let name: String
  let layout: Layout
  let meaning: ValueMeaning
  /// Of a structure its columns, of lists what is in them.
  let children: [ArrowField]
  /// Of indices what they point to: none or one.
  let dictionary: [ArrowField]

  var isList: Bool {
    switch layout {
    case .lists, .fixedLists: true
    default: false
    }
  }

  /// How many buffers an array has, those of views excepted, which may have more.
  var buffers: Int {
    switch layout {
    case .none: 0
    case .structure, .fixedLists: 1
    case .bits, .integers, .reals, .wide, .fixed, .lists, .views: 2
    case .bytes: 3
    }
  }

  /// Structures in structures are followed so far.
  private static let deepest = 32

  /// - Throws: ``UserError`` for a type that no column of a log has.
  init(_ schema: ArrowSchema, of log: String, depth: Int = 0) throws {
    let name = schema.name.map { String(cString: $0) } ?? ""
    self.name = name
    let format = schema.format.map { String(cString: $0) } ?? ""
    guard let type = ArrowType(format), depth < Self.deepest else {
      throw UserError(
        log, found: "column \(quoted(name)) of type \(ArrowType.words(format))",
        expected: "numbers, text, times, truth values, lists or structures of these",
        remedy: "leave the column out, or cast it")
    }
    (layout, meaning) = (type.layout, type.meaning)
    let children = try (0..<Int(max(schema.n_children, 0))).map { index in
      guard let child = schema.children?[index] else { throw Self.broken(log, name) }
      return try ArrowField(child.pointee, of: log, depth: depth + 1)
    }
    let isNested = isListLayout(type.layout)
    guard !isNested || children.count == 1 else { throw Self.broken(log, name) }
    if isNested, children[0].isList || children[0].layout == .structure {
      throw UserError(
        log, found: "lists of lists or of structures in column \(quoted(name))",
        expected: "values, or lists of values", remedy: "leave the column out, or write it flat")
    }
    self.children = isNested || layout == .structure ? children : []
    dictionary =
      try schema.dictionary.map {
        [try ArrowField($0.pointee, of: log, depth: depth + 1)]
      } ?? []
    if let values = dictionary.first {
      guard case .integers = layout, !values.isList, values.layout != .structure,
        values.dictionary.isEmpty
      else { throw Self.broken(log, name) }
    }
  }

  private static func broken(_ log: String, _ name: String) -> UserError {
    UserError(
      log, found: "a type of column \(quoted(name)) that does not fit together",
      expected: "a schema of the Arrow C data interface", remedy: "check the program that made it")
  }
}

private func isListLayout(_ layout: ArrowField.Layout) -> Bool {
  switch layout {
  case .lists, .fixedLists: true
  default: false
  }
}

/// A format of the interface: layout and meaning.
private struct ArrowType {
  let layout: ArrowField.Layout
  let meaning: ValueMeaning

  private init(_ layout: ArrowField.Layout, _ meaning: ValueMeaning) {
    (self.layout, self.meaning) = (layout, meaning)
  }

  private static let simple: [String: ArrowType] = [
    "n": ArrowType(.none, .bytes), "b": ArrowType(.bits, .boolean),
    "c": ArrowType(.integers(bytes: 1, isSigned: true), .signed),
    "C": ArrowType(.integers(bytes: 1, isSigned: false), .unsigned),
    "s": ArrowType(.integers(bytes: 2, isSigned: true), .signed),
    "S": ArrowType(.integers(bytes: 2, isSigned: false), .unsigned),
    "i": ArrowType(.integers(bytes: 4, isSigned: true), .signed),
    "I": ArrowType(.integers(bytes: 4, isSigned: false), .unsigned),
    "l": ArrowType(.integers(bytes: 8, isSigned: true), .signed),
    "L": ArrowType(.integers(bytes: 8, isSigned: false), .unsigned),
    "e": ArrowType(.reals(bytes: 2), .half), "f": ArrowType(.reals(bytes: 4), .float),
    "g": ArrowType(.reals(bytes: 8), .double),
    "z": ArrowType(.bytes(offset: 4), .bytes), "Z": ArrowType(.bytes(offset: 8), .bytes),
    "u": ArrowType(.bytes(offset: 4), .bytes), "U": ArrowType(.bytes(offset: 8), .bytes),
    "vz": ArrowType(.views, .bytes), "vu": ArrowType(.views, .bytes),
    "tdD": ArrowType(.integers(bytes: 4, isSigned: true), .date),
    "tdm": ArrowType(
      .integers(bytes: 8, isSigned: true), .timestamp(perSecond: 1_000, isUTC: false)),
    "tts": ArrowType(.integers(bytes: 4, isSigned: true), .time(perSecond: 1)),
    "ttm": ArrowType(.integers(bytes: 4, isSigned: true), .time(perSecond: 1_000)),
    "ttu": ArrowType(.integers(bytes: 8, isSigned: true), .time(perSecond: 1_000_000)),
    "ttn": ArrowType(.integers(bytes: 8, isSigned: true), .time(perSecond: 1_000_000_000)),
    "+s": ArrowType(.structure, .bytes), "+l": ArrowType(.lists(offset: 4), .bytes),
    "+L": ArrowType(.lists(offset: 8), .bytes),
  ]

  init?(_ format: String) {
    if let simple = Self.simple[format] {
      self = simple
    } else if format.hasPrefix("w:"), let bytes = Int(format.dropFirst(2)), bytes > 0 {
      self.init(.fixed(bytes: bytes), .bytes)
    } else if format.hasPrefix("+w:"), let count = Int(format.dropFirst(3)), count >= 0 {
      self.init(.fixedLists(count: count), .bytes)
    } else if format.hasPrefix("ts"), let unit = format.dropFirst(2).first,
      let perSecond = ["s": 1, "m": 1_000, "u": 1_000_000, "n": 1_000_000_000][unit],
      format.dropFirst(3).first == ":"
    {
      // A time with a zone is kept in UTC.
      self.init(
        .integers(bytes: 8, isSigned: true),
        .timestamp(perSecond: perSecond, isUTC: format.count > 4))
    } else if format.hasPrefix("d:") {
      let numbers = format.dropFirst(2).split(separator: ",").map { Int($0) }
      guard numbers.count == 2 || numbers.count == 3, let scale = numbers[1], 0...64 ~= scale,
        let bits = numbers.count == 3 ? numbers[2] : 128, [32, 64, 128, 256].contains(bits)
      else { return nil }
      self.init(.wide(bytes: bits / 8), .decimal(scale: scale))
    } else {
      return nil
    }
  }

  /// A type that cannot be read, in words.
  static func words(_ format: String) -> String {
    if format.hasPrefix("tD") { return "duration" }
    if format.hasPrefix("ti") { return "interval" }
    if format == "+m" { return "map" }
    if format.hasPrefix("+u") { return "union" }
    if format == "+r" { return "runs" }
    if format.hasPrefix("+v") { return "list views" }
    return quoted(format)
  }
}
