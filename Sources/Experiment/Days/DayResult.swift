import Foundation
import Statistics
import Support
import Training

/// How ways of keeping a model up to date compare, judged on each next day: the content of `days.json`.
package struct DayResult: Sendable, Codable {
  /// A model after a day, judged on the next one.
  package struct Row: Sendable, Codable {
    package let strategy: DayStrategy
    /// The last day it was trained on, from 0 in ``DayResult/days``; it is judged on the one behind.
    package let day: Int
    /// The next day's rows.
    package let evaluation: Evaluation
    /// The rows that this day's training was given, and how often it went over them.
    package let trainingRows: Int
    package let epochs: Int
    /// What the day took, in seconds: reading, encoding and training; 0 where nothing was trained.
    package let seconds: Double
    /// Training alone.
    package let trainingSeconds: Double
    /// How many features the model knows.
    package let features: Int
    /// How many values got rows this day and lost theirs.
    package let admitted: Int
    package let expired: Int
    /// How long ago values got their rows on average, in days; nil where that is not kept.
    package let meanAge: Double?
    /// The share of the next day's values that have no row of their own.
    package let unknownShare: Double
  }

  /// The averages of a strategy over all judged days.
  package struct Summary: Sendable, Codable {
    package let strategy: DayStrategy
    package let auc: Spread?
    package let logLoss: Spread?
    package let calibration: Spread?
    /// AUC and LogLoss less those of training from scratch on all days, day by day; nil for itself.
    package let aucGain: PairedTest?
    package let logLossGain: PairedTest?
    /// All days together: seconds, of which training, and rows times epochs.
    package let seconds: Double
    package let trainingSeconds: Double
    package let rowsTrained: Int
    /// Seconds as a share of those of training from scratch on all days.
    package let costShare: Double?
    package let features: Int
    package let unknownShare: Double
  }

  package var command: [String]
  package var configuration: String
  package var backend: String
  /// The days' names, and how many the first model was trained on.
  package var days: [String]
  package var firstDays: Int
  package var windowDays: Int
  /// What the first model took, which all strategies share.
  package var firstSeconds = 0.0
  package var firstFeatures = 0
  package var strategies: [DayStrategy]
  package var rows: [Row] = []

  /// The rows of a strategy, day by day.
  package func rows(of strategy: DayStrategy) -> [Row] { rows.filter { $0.strategy == strategy } }

  /// The averages of each strategy.
  package var summaries: [Summary] {
    strategies.compactMap { strategy in
      let own = rows(of: strategy)
      guard let last = own.last else { return nil }
      func gain(_ value: (Row) -> Double?) -> PairedTest? {
        guard strategy != .full else { return nil }
        let full = Dictionary(rows(of: .full).map { ($0.day, $0) }) { first, _ in first }
        return PairedTest(
          own.compactMap { row in
            guard let mine = value(row), let other = full[row.day].flatMap(value) else {
              return nil
            }
            return (mine, other)
          })
      }
      let full = rows(of: .full).reduce(0) { $0 + $1.seconds }
      let seconds = own.reduce(0) { $0 + $1.seconds }
      return Summary(
        strategy: strategy, auc: Spread(own.compactMap(\.evaluation.auc)),
        logLoss: Spread(own.map(\.evaluation.logLoss)),
        calibration: Spread(own.compactMap(\.evaluation.calibration)),
        aucGain: gain(\.evaluation.auc), logLossGain: gain(\.evaluation.logLoss), seconds: seconds,
        trainingSeconds: own.reduce(0) { $0 + $1.trainingSeconds },
        rowsTrained: own.reduce(0) { $0 + $1.trainingRows * $1.epochs },
        costShare: full > 0 ? seconds / full : nil, features: last.features,
        unknownShare: own.reduce(0) { $0 + $1.unknownShare } / Double(own.count))
    }
  }

  /// Whether a folder holds one.
  package static func exists(in folder: String) -> Bool {
    FileManager.default.fileExists(atPath: folder + "/days.json")
  }

  /// Reads the one in a folder.
  ///
  /// - Throws: `UserError` where there is none.
  package init(folder: String) throws {
    let path = folder + "/days.json"
    do {
      self = try JSONText.decode(Self.self, from: Data(contentsOf: URL(filePath: path)))
    } catch {
      throw UserError(
        path, found: "no readable record of days", expected: "what deepfm days wrote",
        remedy: "make it again")
    }
  }

  package init(
    command: [String], configuration: String, backend: String, days: [String], firstDays: Int,
    windowDays: Int, strategies: [DayStrategy]
  ) {
    (self.command, self.configuration, self.backend) = (command, configuration, backend)
    (self.days, self.firstDays, self.windowDays) = (days, firstDays, windowDays)
    self.strategies = strategies
  }

  package func write(to folder: String) throws {
    try AtomicFile.write(JSONText.record(self), to: folder + "/days.json")
  }
}
