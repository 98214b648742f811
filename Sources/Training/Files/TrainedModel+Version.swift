import Features
import Foundation
import Support

extension TrainedModel {
  /// What a delta is called among the versions of a model.
  package static let deltaName = "model.delta"

  /// Reads a version of a model: a model file, or a delta whose earlier model is among the other versions, itself a
  /// file or a delta.
  ///
  /// - Parameters:
  ///   - path: `NAME/VERSION/model.deepfm` or `NAME/VERSION/model.delta`.
  ///   - others: the paths of the other versions.
  /// - Throws: `UserError` for files that cannot be used, and where the earlier model is not there.
  package init(version path: String, among others: [String]) throws {
    guard path.hasSuffix("/" + Self.deltaName) else {
      try self.init(contentsOf: path, includingOptimizer: false)
      return
    }
    let delta = try ModelDelta(contentsOf: path)
    let rest = others.filter { $0 != path }
    for other in rest {
      let base: TrainedModel
      if other.hasSuffix("/" + Self.deltaName) {
        guard let found = try? ModelDelta(contentsOf: other).result, found == delta.base else {
          continue
        }
        base = try TrainedModel(version: other, among: rest)
      } else {
        guard let found = try? TrainedModel(contentsOf: other), try found.isBase(of: delta) else {
          continue
        }
        base = found
      }
      self = try delta.applied(to: base, named: path).withoutOptimizer
      return
    }
    throw UserError(
      path, found: "changes of a model that is no other version (\(delta.base.hash))",
      expected: "the model that they were made from beside them",
      remedy: "keep that version until this one is a file of its own: deepfm delta apply")
  }

  private func isBase(of delta: ModelDelta) throws -> Bool {
    if try identity() == delta.base { return true }
    return try !delta.header.hasOptimizer && withoutOptimizer.identity() == delta.base
  }
}
