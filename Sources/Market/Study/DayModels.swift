import Foundation
import Logs
import Operators
import Support
import Training

/// The models of an experiment, one a day: trained on what was logged before, unless that was done already.
struct DayModels {
  let settings: MarketSettings
  let design: MarketDesign
  let folder: MarketFolder
  let backend: any Backend

  /// The model that shows a day in an arm.
  ///
  /// - Returns: its version, the day it was trained for, and its file.
  func model(_ name: String, arm: Int, of day: Int) throws -> (version: Int, path: String) {
    let first = design.days(of: .ab).lowerBound
    let version = design.isStale && arm == 1 ? min(day, first) : day
    let path = folder.modelPath(name, version)
    if !isThere(path) {
      try FileManager.default.createDirectory(
        atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
      switch design.retraining {
      case .fresh:
        try training(name, arm, version).train(on: logs(before: version, design.window, arm))
          .write(to: path, includingOptimizer: false)
      case .daily: try advance(name, arm, to: version, path)
      }
    }
    return (version, path)
  }

  /// Goes on from the model of the day before, if there is one.
  private func advance(_ name: String, _ arm: Int, to version: Int, _ path: String) throws {
    let training = training(name, arm, version)
    let before = folder.modelPath(name, version - 1)
    let (model, ledger) =
      isThere(before)
      ? try training.goOn(from: before, with: logs(before: version, 1, arm))
      : try training.begin(on: logs(before: version, design.window, arm))
    // The model comes last: where it is there, all is.
    try RunFolder.write(ledger, to: (path as NSString).deletingLastPathComponent)
    try model.write(to: path)
  }

  private func isThere(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

  private func training(_ name: String, _ arm: Int, _ version: Int) -> ModelTraining {
    ModelTraining(
      design: design, model: name, crosses: arm == 0 ? design.crosses : 0,
      seed: settings.seed &+ UInt64(version), backend: backend)
  }

  /// What an arm's model may learn from on the last days before one.
  private func logs(before day: Int, _ days: Int, _ arm: Int) -> [LogSource] {
    (max(0, day - days)..<day).flatMap { day in
      let phase = design.phase(of: day)
      let isTest = phase == .ab
      // Day 0 has nothing else than its own log.
      return folder.logs(
        of: day, phase, arms: isTest && design.trainingLog == .own ? [arm] : nil,
        exploredOnly: isTest && design.trainingLog == .uniform)
    }
  }
}
