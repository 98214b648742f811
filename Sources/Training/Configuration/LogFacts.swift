import Data
import Features

/// What the choice of settings looks at: how much there is to learn from, and of what.
public struct LogFacts: Sendable, Hashable {
  /// The training rows.
  public let rows: Int
  /// Those of the rarer label, which limit what can be learned.
  public let rare: Int
  /// The distinct features.
  public let features: Int
  /// The training rows for each feature of the largest vocabulary: few where a field is one of ids. Numbers have none.
  public let rowsPerID: Int

  /// - Parameters: as above.
  public init(rows: Int, rare: Int, features: Int, rowsPerID: Int) {
    (self.rows, self.rare, self.features) = (rows, rare, features)
    self.rowsPerID = rowsPerID
  }

  /// Those of training rows.
  package init(_ rows: Dataset, _ encoder: FeatureEncoder) {
    let vocabularies = encoder.fields.filter { $0.field.kind != .numeric }
    self.init(
      rows: rows.rows, rare: min(rows.clicks, rows.rows - rows.clicks),
      features: rows.layout.features,
      rowsPerID: rows.rows / (vocabularies.map(\.rows).max() ?? 1))
  }
}
