import Data
import Features
import Logs
import Support

/// The values of a request, column by column, and what encodes them. One thread's, and used again for later
/// requests: cells point into the request's body, or into memory of its own.
final class RequestValues: @unchecked Sendable {
  // Sendable since one thread has it at a time.
  let inputs: [ModelInput]
  let layout: BatchLayout
  let limits: RequestLimits
  let columns: [ValueColumn]
  /// The elements of a tensor that are to be joined to lists.
  let elements = ValueColumn()
  var text = CellText()
  /// Ids that a request brings itself, [rows × slots], and their values.
  var ids: [Int32]?
  var idValues: [Float]?
  /// Where the rows are to be shown: one a row, one for all, or none.
  var places: [Int] = []

  private let encoder: InputEncoder
  private let noStatistics: [FieldStatistics]
  let items: ItemTable?
  private let numbers: [String: Int]
  private let weightedField: String?

  static var empty: Cell { Cell(start: UnsafePointer(bitPattern: 1)!, count: 0) }

  init(_ encoder: FeatureEncoder, items: ItemTable?, limits: RequestLimits) {
    self.encoder = InputEncoder(encoder)
    (self.items, self.limits) = (items, limits)
    inputs = encoder.inputs
    layout = encoder.layout
    noStatistics = encoder.noStatistics
    weightedField = encoder.weightedField
    columns = inputs.map { _ in ValueColumn() }
    numbers = Dictionary(uniqueKeysWithValues: zip(inputs.map(\.name), inputs.indices))
  }

  func removeAll() {
    for column in columns where column.content != .nothing { column.removeAll() }
    elements.removeAll()
    text.removeAll()
    (ids, idValues) = (nil, nil)
    places.removeAll()
  }

  /// The number of an input; nil for a name that is none.
  func index(of name: String) -> Int? { numbers[name] }

  func unknown(_ name: String) -> RequestError {
    .malformed(
      "inputs", found: "an input \(quoted(name))", expected: "one of \(listed(inputs.map(\.name)))",
      remedy: suggestion(for: name, among: inputs.map(\.name), otherwise: "leave it out"))
  }

  /// Encodes the values.
  ///
  /// - Parameter rows: how many; columns have as many values, or one that stands for all.
  /// - Returns: the rows, and what their fields held.
  func encode(rows: Int, missingAllowed: Bool) throws -> (Batch, [FieldStatistics]) {
    if let ids { return (batch(rows, ids, idValues), noStatistics) }
    if let weightedField {
      throw RequestError.malformed(
        "inputs", found: "raw values", expected: "ids",
        remedy: "values of field \(quoted(weightedField)) have weights: send ids and values")
    }
    let absent = inputs.indices.filter { columns[$0].content == .nothing }
    let fromItems = items.map { items in absent.filter(items.provides.contains) } ?? []
    if !missingAllowed, let first = absent.first(where: { !fromItems.contains($0) }) {
      let more = absent.count - fromItems.count - 1
      throw RequestError.malformed(
        "inputs",
        found: "no input \(quoted(inputs[first].name))"
          + (more > 0 ? " and \(more) more missing" : ""),
        expected: "all of \(listed(inputs.map(\.name)))")
    }
    for index in absent where !fromItems.contains(index) {
      columns[index].append(Self.empty)
      (columns[index].content, columns[index].isShared) = (.cells, true)
    }
    let given = inputs.indices.filter { columns[$0].content != .nothing }
    let shared = rows > 1 ? given.filter { columns[$0].isShared } : []
    let each = given.filter { !shared.contains($0) }
    var statistics = noStatistics
    let sources = columns.map(\.column)
    var ids = [Int32](repeating: 0, count: rows * layout.slots)
    var values = layout.weighted ? [Float](repeating: 0, count: ids.count) : []
    try ids.withUnsafeMutableBufferPointer { ids in
      try values.withUnsafeMutableBufferPointer { values in
        let ids = ids.baseAddress!
        let values = layout.weighted ? values.baseAddress : nil
        try encoder.encode(each, of: sources, count: rows, ids, values, &statistics)
        var once = noStatistics
        try encoder.encode(shared, of: sources, count: 1, ids, values, &once)
        encoder.repeatFirst(shared, count: rows, ids)
        if let values { encoder.repeatFirst(shared, count: rows, values) }
        for field in once.indices { statistics[field].add(once[field], times: rows) }
        if let items, !fromItems.isEmpty {
          try items.copy(
            fromItems, keys: columns[items.key], rows: rows, into: ids, values, by: encoder,
            &statistics)
        }
      }
    }
    return (batch(rows, ids, layout.weighted ? values : nil), statistics)
  }

  private func batch(_ rows: Int, _ ids: [Int32], _ values: [Float]?) -> Batch {
    Batch(layout: layout, ids: ids, values: values, labels: [Float](repeating: 0, count: rows))
  }
}

extension FieldStatistics {
  /// Adds what so many rows like these held.
  fileprivate mutating func add(_ other: FieldStatistics, times count: Int) {
    unknown += other.unknown * count
    missing += other.missing * count
    cut += other.cut * count
    if let more = other.bounded { bounded = (bounded ?? 0) + more * count }
  }
}

/// The most that a request may ask for.
package struct RequestLimits: Sendable, Hashable {
  /// Bytes of a body, unpacked.
  package var body = 4 << 20
  /// Rows of a request.
  package var rows = 10_000
  /// Values of a list.
  package var list = 1_000

  package init() {}
}
