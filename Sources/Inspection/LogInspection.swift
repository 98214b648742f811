import Data
import Datasets
import Features
import Logs

/// What some logs hold, field by field, and how it changes over time.
package struct LogInspection: Sendable, Codable {
  /// One field.
  package struct Field: Sendable, Codable {
    /// Its name.
    package var name: String
    /// What its values are.
    package var kind: Schema.Field.Kind
    /// How they are encoded.
    package var encoding: Schema.Field.Encoding
    /// The rows of the embedding table that it owns.
    package var rows: Int
    /// The values with rows of their own; nil where it has no vocabulary.
    package var vocabulary: Int?
    /// How many different values were counted; nil where that is not known.
    package var distinct: Int?
    /// The mean of a number that is standardised.
    package var mean: Double?
    /// Its standard deviation.
    package var deviation: Double?
    /// The AUC of the field alone in rows of the first part; nil where they have too few of one class.
    package var aucAlone: Double?
    /// The most frequent values of the first part.
    package var top: [Value]
    /// What it held in each part.
    package var parts: [Coverage]
  }

  /// A value with its rows.
  package struct Value: Sendable, Codable {
    /// The value as it is written, or a range or a bucket.
    package var name: String
    /// How often it was seen.
    package var count: Int
    /// Of these, how many in clicks.
    package var clicks: Int
  }

  /// What a field held in a part.
  package struct Coverage: Sendable, Codable {
    /// How many values there were; a list has several.
    package var values: Int
    /// How many of them were out of vocabulary.
    package var unknown: Int
    /// How many rows had none.
    package var missing: Int
    /// How many different rows of its embedding it used.
    package var used: Int
  }

  /// A part of the rows, as training, validation and test.
  package struct Part: Sendable, Codable {
    /// Its name.
    package var name: String
    /// The number of rows.
    package var rows: Int
    /// The number of clicks; nil where the rows have no labels.
    package var clicks: Int?
    /// The rows in the order of time, or of the log where it has none.
    package var periods: [Period]
  }

  /// Rows of one time.
  package struct Period: Sendable, Codable {
    /// When it begins: seconds since 1970, or the number of its first row.
    package var start: Int64
    package var rows: Int
    package var clicks: Int
    /// How many values of vocabularies and buckets there were, missing ones left out.
    package var values: Int
    /// How many of them were seen for the first time.
    package var new: Int
    /// How many of them were out of vocabulary.
    package var unknown: Int

    static func + (a: Period, b: Period) -> Period {
      Period(
        start: min(a.start, b.start), rows: a.rows + b.rows, clicks: a.clicks + b.clicks,
        values: a.values + b.values, new: a.new + b.new, unknown: a.unknown + b.unknown)
    }
  }

  /// The fields, in the model's order.
  package var fields: [Field]
  /// The parts; the vocabulary is the first one's.
  package var parts: [Part]
  /// The seconds of a period; nil where periods are stretches of the log.
  package var periodSeconds: Int?
  /// What was assumed of the log.
  package var notes: [String]
}

extension LogInspection {
  /// Inspects logs: learns what the first part holds, and looks at all of them by it.
  ///
  /// - Parameters:
  ///   - parts: names with logs; the first part's rows are what training would see.
  ///   - schema: what the columns mean; gaps are filled by looking at the log.
  ///   - top: how many values of a field to name.
  /// - Throws: ``UserError`` for the first row that is not as the schema says.
  package init(
    _ parts: [(name: String, logs: [LogSource])], schema: Schema = Schema(), top: Int = 10
  ) throws {
    let encoder = try FeatureEncoder.fit(schema, to: parts[0].logs)
    let inspectors = try parts.map { part in
      var inspector = PartInspector(part.name, encoder)
      let blocks = LogEncoding.stream(
        part.logs, by: encoder, labels: .optional, isRereadable: true,
        rejecting: try RejectedRows(.stop))
      while let block = try blocks.next() {
        inspector.append(block.parts[0].rows)
        inspector.isLabelled = inspector.isLabelled && block.isLabelled
        block.done()
      }
      return inspector
    }
    self.init(inspectors, encoder, top: top)
  }

  /// Inspects rows that are encoded already.
  ///
  /// - Parameters:
  ///   - parts: names with rows that `encoder` encoded.
  ///   - encoder: what it learned is of the first part.
  package init(_ parts: [(name: String, rows: Dataset)], encoder: FeatureEncoder, top: Int = 10) {
    let inspectors = parts.map { part in
      var inspector = PartInspector(part.name, encoder)
      inspector.append(part.rows)
      inspector.isLabelled = part.rows.isLabelled
      return inspector
    }
    self.init(inspectors, encoder, top: top)
  }

  private init(_ inspectors: [PartInspector], _ encoder: FeatureEncoder, top: Int) {
    let periodSeconds = inspectors.compactMap(\.periodSeconds).max()
    self.periodSeconds = periodSeconds
    notes = encoder.notes
    parts = inspectors.map { $0.part(periodSeconds: periodSeconds) }
    let aucs =
      inspectors[0].isLabelled ? inspectors[0].sample.aucs : encoder.fields.map { _ in nil }
    fields = encoder.fields.indices.map { index in
      let field = encoder.fields[index]
      let isStandardized = field.field.effectiveEncoding == .standardized
      return Field(
        name: field.field.name, kind: field.field.kind, encoding: field.field.effectiveEncoding,
        rows: field.rows, vocabulary: field.field.hasVocabulary ? field.vocabulary.count : nil,
        distinct: field.distinct, mean: isStandardized ? field.mean : nil,
        deviation: isStandardized ? field.deviation : nil,
        aucAlone: aucs[index], top: inspectors[0].top(top, of: index),
        parts: inspectors.map { $0.coverage(of: index) })
    }
  }
}
