import Data
import Features
import Support
import Training

/// The rows that all runs of an experiment share, encoded once.
package struct ExperimentData: Sendable {
  /// Encoder, training and validation rows.
  package let rows: TrainingData
  /// The rows that judge each trained model; nil for none.
  package let test: Dataset?
  /// What it is, for people and for comparison.
  package let description: DataDescription

  /// - Parameters:
  ///   - rows: what runs learn from.
  ///   - test: what judges them, encoded by the same encoder.
  ///   - names: the files it came from, or another name for it.
  package init(_ rows: TrainingData, test: Dataset?, names: [String]) {
    self.rows = rows
    self.test = test
    description = DataDescription(
      names: names, trainingRows: rows.training.rows, validationRows: rows.validation?.rows ?? 0,
      testRows: test?.rows ?? 0, fields: rows.encoder.layout.fields,
      features: rows.encoder.layout.features, fingerprint: Self.fingerprint(rows, test))
  }

  /// A hash of every id, value, label and weight, part by part: the same rows in the same order under
  /// other file names are the same data.
  private static func fingerprint(_ rows: TrainingData, _ test: Dataset?) -> String {
    var hash = XXH64()
    let layout = rows.encoder.layout
    [layout.features, layout.fields].withUnsafeBytes { hash.add($0) }
    for part in [rows.training, rows.validation, test] {
      [part?.rows ?? -1].withUnsafeBytes { hash.add($0) }
      part?.add(to: &hash)
    }
    let digits = String(hash.value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}

/// What an experiment was made on.
package struct DataDescription: Sendable, Codable, Hashable {
  /// The files it came from, or another name for it.
  package let names: [String]
  package let trainingRows: Int
  package let validationRows: Int
  /// 0 where no test rows were given.
  package let testRows: Int
  package let fields: Int
  package let features: Int
  /// A hash of the encoded rows.
  package let fingerprint: String

  enum CodingKeys: String, CodingKey {
    case names, fields, features, fingerprint
    case trainingRows = "training_rows"
    case validationRows = "validation_rows"
    case testRows = "test_rows"
  }
}
