/// A column of a Parquet file: a leaf of its schema.
struct ParquetColumn: Sendable {
  /// Its place among the leaves.
  let index: Int
  /// What it is called: the names on the way to it with dots between them, as keys of objects in JSON, without
  /// the levels that only make a list or a map of what is inside.
  let name: String
  let type: ParquetMetadata.PhysicalType
  /// The bytes of a value, where all have as many.
  let typeLength: Int
  let meaning: ValueMeaning
  /// How many parents may be missing or repeated, itself included.
  let maxDefinition: Int
  /// How many may be repeated; 1 for a list.
  let maxRepetition: Int

  var isList: Bool { maxRepetition > 0 }
}

extension ParquetMetadata {
  /// The columns.
  /// - Throws: ``ParquetProblem`` for a schema that is no tree.
  func columns() throws -> [ParquetColumn] {
    var columns: [ParquetColumn] = []
    var next = 1
    guard let root = schema.first, root.type == nil else {
      throw ParquetProblem("no schema", expected: "columns")
    }
    for _ in 0..<root.children {
      try append(Branch(), to: &columns, &next, depth: 0)
    }
    guard next == schema.count else {
      throw ParquetProblem("\(schema.count) places in the schema", expected: "\(next)")
    }
    return columns
  }

  /// The way to a place of the schema.
  private struct Branch {
    var name: [String] = []
    var definition = 0
    var repetition = 0
    /// Whether the next level, and the one behind it, only make a list or a map.
    var isWrapper = false
    var isElement = false
  }

  private func append(
    _ branch: Branch, to columns: inout [ParquetColumn], _ next: inout Int, depth: Int
  ) throws {
    guard next < schema.count, depth < 64 else {
      throw ParquetProblem("a schema that ends too early", expected: "all its columns")
    }
    let element = schema[next]
    next += 1
    var branch = branch
    if element.repetition != .required { branch.definition += 1 }
    if element.repetition == .repeated { branch.repetition += 1 }
    let isHidden = branch.isElement || branch.isWrapper && element.repetition == .repeated
    // The level inside a list's wrapper is its element, unless the wrapper is the element itself.
    let isWrapped =
      branch.isWrapper && element.repetition == .repeated && element.children == 1
      && element.name != "array" && !element.name.hasSuffix("_tuple")
    if !isHidden { branch.name.append(element.name) }
    if let type = element.type {
      let typeLength = try typeLength(of: element, type)
      columns.append(
        ParquetColumn(
          index: columns.count, name: branch.name.joined(separator: "."), type: type,
          typeLength: typeLength, meaning: element.meaning(type),
          maxDefinition: branch.definition, maxRepetition: branch.repetition))
      return
    }
    guard element.children < schema.count else {
      throw ParquetProblem("\(element.children) columns in a group", expected: "fewer")
    }
    branch.isElement = isWrapped && !element.isKeyValue
    branch.isWrapper = element.makesList
    for _ in 0..<element.children { try append(branch, to: &columns, &next, depth: depth + 1) }
  }

  private func typeLength(of element: Element, _ type: PhysicalType) throws -> Int {
    switch type {
    case .boolean, .byteArray: return 0
    case .int32, .float: return 4
    case .int64, .double: return 8
    case .int96: return 12
    case .fixedByteArray:
      guard 1...(1 << 20) ~= element.typeLength else {
        throw ParquetProblem(
          "values of \(element.typeLength) bytes in column \(element.name)",
          expected: "from 1 to \(1 << 20)")
      }
      return element.typeLength
    }
  }
}

extension ParquetMetadata.Element {
  /// Whether it is a list or a map, whose next level is repeated.
  fileprivate var makesList: Bool {
    switch logical {
    case .list, .map: true
    case nil: converted.map { 1...3 ~= $0 } ?? false
    default: false
    }
  }

  /// Whether it holds the pairs of a map: a map has two values in it, but a set of keys only one.
  fileprivate var isKeyValue: Bool { name == "key_value" || name == "map" }

  fileprivate func meaning(_ type: ParquetMetadata.PhysicalType) -> ValueMeaning {
    switch type {
    case .boolean: .boolean
    case .float: .float
    case .double: .double
    case .int96: .timestamp(perSecond: 1_000_000, isUTC: false)
    case .int32, .int64: wholeMeaning
    case .byteArray, .fixedByteArray: bytesMeaning(type)
    }
  }

  private var wholeMeaning: ValueMeaning {
    switch (logical, converted) {
    case (.decimal(let scale, _), _): .decimal(scale: min(max(scale, 0), 64))
    case (.date, _): .date
    case (.time(let unit), _): .time(perSecond: unit.rawValue)
    case (.timestamp(let unit, let isUTC), _): .timestamp(perSecond: unit.rawValue, isUTC: isUTC)
    case (.integer(_, let isSigned), _): isSigned ? .signed : .unsigned
    case (nil, 5): .decimal(scale: min(max(scale, 0), 64))
    case (nil, 6): .date
    case (nil, 7): .time(perSecond: 1_000)
    case (nil, 8): .time(perSecond: 1_000_000)
    case (nil, 9): .timestamp(perSecond: 1_000, isUTC: true)
    case (nil, 10): .timestamp(perSecond: 1_000_000, isUTC: true)
    case (nil, 11?), (nil, 12?), (nil, 13?), (nil, 14?): .unsigned
    default: .signed
    }
  }

  private func bytesMeaning(_ type: ParquetMetadata.PhysicalType) -> ValueMeaning {
    switch (logical, converted) {
    case (.decimal(let scale, _), _): .decimal(scale: min(max(scale, 0), 64))
    case (nil, 5): .decimal(scale: min(max(scale, 0), 64))
    case (.uuid, _) where type == .fixedByteArray && typeLength == 16: .uuid
    case (.float16, _) where type == .fixedByteArray && typeLength == 2: .half
    default: .bytes
    }
  }
}
