import Data
import Features
import Logs
import RequestLogs
import Support

/// What is known of items beforehand: a request names them, and their other columns are encoded already.
final class ItemTable: Sendable {
  /// The input that names an item, by its number.
  let key: Int
  /// The inputs that the table has.
  let provides: [Int]
  /// How many items there are.
  var count: Int { places.count }

  private let places: [String: Int]
  /// [items + 1, slots]; the last row is that of an item that is not known: its columns are missing.
  private let ids: [Int32]
  private let values: [Float]?
  private let slots: Int
  /// Of each of ``provides`` the items' texts, an empty one behind them; none where they are not to be logged.
  private let texts: [RawValues.Column]

  /// - Parameters:
  ///   - log: the items, with a header or keys; its columns are among the model's inputs.
  ///   - column: the one that names an item; nil for the first.
  ///   - keepsTexts: whether what requests leave out is logged.
  /// - Throws: `UserError` for a log that cannot be read, for a column that the model does not have, and
  ///   for an item twice.
  init(_ log: LogSource, key column: String?, of encoder: FeatureEncoder, keepsTexts: Bool)
    throws
  {
    let inputs = encoder.inputs
    var schema = Schema()
    schema.format = try LogFormat.detected(in: log)
    let sample = try LogSample(log, schema: schema, count: .max)
    if let error = sample.firstError { throw error }
    let (names, rows) = (sample.names, sample.rows)
    let keyColumn = column ?? names.first ?? ""
    guard let keyPlace = names.firstIndex(of: keyColumn),
      let key = inputs.firstIndex(where: { $0.name == keyColumn })
    else {
      throw UserError(
        log.name, found: "no column \(quoted(keyColumn)) that is an input",
        expected: "one of \(listed(inputs.map(\.name)))",
        remedy: "name the column of the items' ids by --item-key")
    }
    self.key = key
    provides = inputs.indices.filter { $0 != key && names.contains(inputs[$0].name) }
    var places: [String: Int] = [:]
    for (index, row) in rows.enumerated() {
      guard places.updateValue(index, forKey: row[keyPlace]) == nil else {
        throw UserError(
          log.name, found: "item \(quoted(row[keyPlace])) twice", expected: "each once",
          remedy: "delete one of its rows")
      }
    }
    self.places = places
    slots = encoder.layout.slots
    let batch = try RequestValues(encoder, items: nil, limits: RequestLimits())
      .encodeItems(rows, of: names, provides)
    (ids, values) = (batch.ids, batch.values)
    texts = (keepsTexts ? provides : []).map { input in
      let place = names.firstIndex(of: inputs[input].name)!
      var column = RawValues.Column(name: inputs[input].name)
      for row in rows { column.append(row[place]) }
      column.append("")
      return column
    }
  }

  /// What the file says of some items; none where texts are not kept.
  ///
  /// - Parameters:
  ///   - wanted: inputs among ``provides``.
  ///   - keys: the items' ids, one a row or one for all.
  func texts(of wanted: [Int], keys: ValueColumn) -> [RawValues.Column] {
    guard !texts.isEmpty, keys.content == .cells else { return [] }
    let items = (0..<keys.count).map {
      places[String(decoding: keys.cells[$0].bytes, as: UTF8.self)] ?? places.count
    }
    return wanted.map { input in
      let known = texts[provides.firstIndex(of: input)!]
      var column = RawValues.Column(name: known.name)
      for item in items { known[item].withUnsafeBytes { column.append($0) } }
      return column
    }
  }

  /// Copies what is known of items into rows.
  ///
  /// - Parameters:
  ///   - inputs: those that are wanted, among ``provides``.
  ///   - keys: the items' ids, one a row or one for all.
  func copy(
    _ inputs: [Int], keys: ValueColumn, rows: Int, into ids: UnsafeMutablePointer<Int32>,
    _ values: UnsafeMutablePointer<Float>?, by encoder: InputEncoder,
    _ statistics: inout [FieldStatistics]
  ) throws {
    guard keys.content == .cells else {
      throw RequestError.malformed(
        "inputs", found: "no input that names items as text or whole numbers",
        expected: "their ids")
    }
    for row in 0..<rows {
      let cell = keys.cells[keys.isShared ? 0 : row]
      let place = places[String(decoding: cell.bytes, as: UTF8.self)] ?? places.count
      self.ids.withUnsafeBufferPointer {
        encoder.copy(
          inputs, from: $0.baseAddress! + place * slots, to: ids + row * slots, count: 1)
      }
      guard let values else { continue }
      self.values!.withUnsafeBufferPointer {
        encoder.copy(
          inputs, from: $0.baseAddress! + place * slots, to: values + row * slots, count: 1)
      }
    }
  }
}
