import Support

/// One field as it was learned from the training data: which rows of the embedding table it owns.
///
/// | encoding | rows |
/// |---|---|
/// | vocabulary, log-bucket | out-of-vocabulary, missing, then its values by falling count |
/// | value, standardized | missing, value |
/// | quantiles, boundaries | missing, then its ranges, ascending |
/// | piecewise | missing, place, then the knots of each level, see ``PiecewiseLevels`` |
/// | periodic | missing, place, then sine and cosine of each frequency, see ``PeriodicWaves`` |
/// | hash | missing, then its buckets |
///
/// Fields that share a vocabulary own the same rows.
package struct FieldEncoder: Sendable, Equatable {
  /// What the schema says of the field.
  package let field: Schema.Field
  /// The field's first row.
  package let firstID: Int32
  /// The number of its slots: 1, the most values of a list, or those of ``PiecewiseLevels`` or ``PeriodicWaves``.
  package let slots: Int
  /// The values with rows of their own.
  package internal(set) var vocabulary: Vocabulary
  /// The x of a number is (number − mean) / deviation; 0 where it is not standardised.
  package let mean: Double
  /// The standard deviation of the training data; 1 where it is not standardised.
  package let deviation: Double
  /// Where the ranges of a number meet, ascending, or its knots; empty where it has none.
  package let boundaries: [Double]
  /// How many different values were counted, rare ones too; nil where none were.
  package let distinct: Int?

  /// The largest x of a number, either way; one farther out would end as no number in the squares of a
  /// model. 2^20 deviations: of fewer than 2^40 training rows none is so far out, since the farthest of n
  /// numbers is √(n − 1) deviations from their mean. Numbers that are not standardised may be 2^40.
  package var farthest: Double { field.effectiveEncoding == .standardized ? 0x1p20 : 0x1p40 }

  /// How a piecewise-linear number is placed.
  package var levels: PiecewiseLevels { PiecewiseLevels(knots: boundaries) }
  /// The waves of a periodic number.
  package var waves: PeriodicWaves {
    PeriodicWaves(knots: boundaries, frequencies: field.effectiveFrequencies)
  }

  /// The number of rows the field owns.
  package var rows: Int {
    switch field.effectiveEncoding {
    case .vocabulary, .logBucket: vocabulary.count + 2
    case .value, .standardized: 2
    case .quantiles, .boundaries: boundaries.count + 2
    case .piecewise: 2 + levels.rows
    case .periodic: 1 + waves.slots
    case .hash: field.buckets! + 1
    }
  }
  /// The row of a value not in the vocabulary, nil where every value has a row.
  package var unknownID: Int32? { field.hasVocabulary ? firstID : nil }
  /// The row of a missing value.
  package var missingID: Int32 { field.hasVocabulary ? firstID + 1 : firstID }
  /// The first row behind those for missing and unknown values.
  package var firstValueID: Int32 { missingID + 1 }
}

extension FieldEncoder: Codable {
  enum CodingKeys: String, CodingKey {
    case field, firstID, slots, vocabulary, mean, deviation, boundaries, distinct
  }

  /// Reads a field; boundaries and the count of values may be left out.
  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    field = try container.decode(Schema.Field.self, forKey: .field)
    firstID = try container.decode(Int32.self, forKey: .firstID)
    slots = try container.decode(Int.self, forKey: .slots)
    vocabulary = try container.decode(Vocabulary.self, forKey: .vocabulary)
    mean = try container.decode(Double.self, forKey: .mean)
    deviation = try container.decode(Double.self, forKey: .deviation)
    boundaries = try container.decodeIfPresent([Double].self, forKey: .boundaries) ?? []
    distinct = try container.decodeIfPresent(Int.self, forKey: .distinct)
    let isWhole =
      switch field.effectiveEncoding {
      case .hash: field.buckets ?? 0 > 0
      case .piecewise: slots == levels.slots
      case .periodic: slots == waves.slots
      default: true
      }
    guard field.kind != .ignored, isWhole else {
      throw DecodingError.dataCorruptedError(
        forKey: .field, in: container, debugDescription: "field \(quoted(field.name)) incomplete")
    }
  }
}
