import DeepFMKit
import Foundation

/// A model of two fields, one of them hashed.
enum SmallModel {
  static func trained() throws -> TrainedModel {
    let rows = (0..<40).map { ["\($0 % 3 == 0 ? 1 : 0)", "u\($0 % 5)", "p\($0 % 7)"] }
    var schema = Schema()
    schema.fields = [.categorical("user"), .categorical("page").hashed(into: 8)]
    var configuration = TrainingConfiguration(model: "fm")
    configuration.epochs = 1
    return try ClickModel.fit(
      .rows(columns: ["label", "user", "page"], rows), schema: schema,
      configuration: configuration, device: "reference"
    ).trained
  }
}

/// A folder that goes with the object.
final class TemporaryFolder {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}
