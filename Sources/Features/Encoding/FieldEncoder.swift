import Glibc

/// One field as it was learned from the training data: which rows of the embedding table it owns.
///
/// A field with a vocabulary owns [out-of-vocabulary, missing, then its values by falling count],
/// a number as value or standardised owns [missing, value].
public struct FieldEncoder: Sendable, Codable, Equatable {
  /// What the schema says of the field.
  public let field: Schema.Field
  /// The field's first row.
  public let firstID: Int32
  /// The number of its slots: 1, or the most values of a list.
  public let slots: Int
  /// The values with rows of their own.
  public let vocabulary: Vocabulary
  /// The x of a number is (number − mean) / deviation; 0 where it is not standardised.
  public let mean: Double
  /// The standard deviation of the training data; 1 where it is not standardised.
  public let deviation: Double

  /// The number of rows the field owns.
  public var rows: Int { field.hasVocabulary ? vocabulary.count + 2 : 2 }
  /// The row of a value not in the vocabulary, nil for a number.
  public var unknownID: Int32? { field.hasVocabulary ? firstID : nil }
  /// The row of a missing value.
  public var missingID: Int32 { field.hasVocabulary ? firstID + 1 : firstID }
}

/// Calls `body` with the bucket of a number as text: ⌊(ln x)²⌋ for x > 2, else ⌊x⌋.
func withLogBucketText<R>(_ number: Double, _ body: (UnsafeRawBufferPointer) -> R) -> R {
  let logarithm = log(number)
  var text = String(Int64((number > 2 ? logarithm * logarithm : number.rounded(.down)).clamped))
  return text.withUTF8 { body(UnsafeRawBufferPointer($0)) }
}

extension Double {
  /// Within what an Int64 holds.
  fileprivate var clamped: Double { Swift.min(Swift.max(self, -0x1p62), 0x1p62) }
}
