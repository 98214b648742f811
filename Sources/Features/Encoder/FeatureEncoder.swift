import Data
import Foundation
import Support

/// Turns rows of a log into ids, the same way for training, validation, test and prediction.
///
/// It is learned from the training data in a first pass (`fit`), encodes any number of logs in a second
/// one (`encode`), and is saved with the model. The rows of the embedding table are numbered field by
/// field in the schema's order.
public struct FeatureEncoder: Sendable, Equatable {
  /// The completed schema.
  public let schema: Schema
  /// The fields, in the schema's order.
  package let fields: [FieldEncoder]
  /// The layout of every batch.
  public let layout: BatchLayout
  /// What was assumed where the schema said nothing, for a person to read.
  public let notes: [String]

  /// The memory that counted values may take where nobody says how much: a quarter of the machine's,
  /// or of what the control group of the process may have.
  package static var defaultVocabularyMemory: Int {
    let machine = sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE))
    let group = try? String(contentsOfFile: "/sys/fs/cgroup/memory.max", encoding: .utf8)
    let allowed = group.flatMap { Int($0.prefix { $0 != "\n" }) } ?? .max
    return min(machine, allowed) / 4
  }

  /// The same encoder without vocabularies, for its file.
  init(bare encoder: FeatureEncoder) {
    (schema, layout, notes) = (encoder.schema, encoder.layout, encoder.notes)
    fields = encoder.fields.map { field in
      var field = field
      field.vocabulary = Vocabulary()
      return field
    }
  }

  /// Numbers the rows of what was learned.
  /// - Throws: ``UserError`` for more rows than ids can number.
  init(schema: Schema, learned: [LearnedField], notes: [String]) throws {
    var fields: [FieldEncoder] = []
    var rows = 0
    var shared: [String: Int32] = [:]
    for (field, learned) in zip(schema.fields, learned) {
      let first = field.vocabulary.flatMap { shared[$0] }
      fields.append(
        FieldEncoder(
          field: field, firstID: first ?? Int32(rows), slots: learned.slots,
          vocabulary: learned.vocabulary, mean: learned.mean, deviation: learned.deviation,
          boundaries: learned.boundaries, distinct: learned.distinct))
      guard first == nil else { continue }
      if let name = field.vocabulary { shared[name] = Int32(rows) }
      rows += fields.last!.rows
      guard rows <= Int(Int32.max) else {
        throw UserError(
          "schema", found: "more than \(Int32.max) features up to field \(quoted(field.name))",
          expected: "fewer than ids of 32 bits number",
          remedy: "raise min_count, or hash fields into fewer buckets")
      }
    }
    self.schema = schema
    self.fields = fields
    self.notes = notes
    layout = BatchLayout(
      features: rows, fields: fields.count,
      slotFields: fields.enumerated().flatMap { [Int](repeating: $0, count: $1.slots) },
      weighted: schema.fields.contains(where: \.carriesValues),
      fieldFeatures: fields.map { Int($0.firstID)..<Int($0.firstID) + $0.rows },
      attention: schema.attention)
  }

  /// The number of rows that the fields own, shared ones counted once.
  package var features: Int {
    fields.indices.reduce(0) {
      $0 + (Self.owner(of: $1, in: fields) == nil ? fields[$1].rows : 0)
    }
  }

  /// The earlier field whose vocabulary a field shares, or nil.
  static func owner(of index: Int, in fields: [FieldEncoder]) -> Int? {
    guard let name = fields[index].field.vocabulary else { return nil }
    return fields[..<index].firstIndex { $0.field.vocabulary == name }
  }

  /// What encoded rows have beside ids and labels.
  package var rowKind: RowKind {
    RowKind(
      isWeighted: layout.weighted, hasWeights: schema.weight != nil, hasTimes: schema.time != nil,
      hasGroups: schema.group != nil)
  }

  /// The statistics of no rows.
  package var noStatistics: [FieldStatistics] {
    fields.map { FieldStatistics(field: $0.field.name, cardinality: $0.rows) }
  }
}

/// What the counting pass has learned of one field.
struct LearnedField {
  var slots: Int
  var vocabulary: Vocabulary
  var mean: Double
  var deviation: Double
  var boundaries: [Double]
  var distinct: Int?
}
