import Data
import Features
import Support
import Training

/// The rows that all runs of an experiment share, encoded once.
public struct ExperimentData: Sendable {
  /// Encoder, training and validation rows.
  public let rows: TrainingData
  /// The rows that judge each trained model; nil for none.
  public let test: Dataset?
  /// What it is, for people and for comparison.
  public let description: DataDescription

  /// - Parameters:
  ///   - rows: what runs learn from.
  ///   - test: what judges them, encoded by the same encoder.
  ///   - names: the files it came from, or another name for it.
  public init(_ rows: TrainingData, test: Dataset?, names: [String]) {
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
public struct DataDescription: Sendable, Codable, Hashable {
  /// The files it came from, or another name for it.
  public let names: [String]
  public let trainingRows: Int
  public let validationRows: Int
  /// 0 where no test rows were given.
  public let testRows: Int
  public let fields: Int
  public let features: Int
  /// A hash of the encoded rows.
  public let fingerprint: String

  enum CodingKeys: String, CodingKey {
    case names, fields, features, fingerprint
    case trainingRows = "training_rows"
    case validationRows = "validation_rows"
    case testRows = "test_rows"
  }
}
