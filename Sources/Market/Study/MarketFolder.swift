import Foundation
import Logs
import Support

/// Where an experiment keeps what it has done: logs and numbers of days, models. A day is whole or not there, so
/// that the same command goes on where it was stopped, with the same bytes in the end.
///
/// ```
/// market.json                      the market and the experiment
/// log/day-08-B.csv                 what arm B showed on day 8, and day-08-B-explored.csv in random order
/// days/08.json                     what is true of day 8; written last
/// models/deepfm-d/8/model.deepfm   the model that day 8 was shown by; ids.json beside it where models go on daily
/// ```
struct MarketFolder {
  let path: String
  private let lock: FolderLock

  /// What makes an experiment.
  struct Definition: Codable, Hashable {
    var settings: MarketSettings
    var design: MarketDesign
  }

  /// Opens a folder, or begins it.
  ///
  /// - Throws: `UserError` for a folder of another experiment, one that cannot be written, and one in which another
  ///   process is at work.
  init(_ path: String, _ definition: Definition) throws {
    self.path = path
    for each in ["log", "days", "models"] {
      do {
        try FileManager.default.createDirectory(
          atPath: "\(path)/\(each)", withIntermediateDirectories: true)
      } catch {
        throw UserError(
          "\(path)/\(each)", found: "no folder that can be made", expected: "one",
          remedy: "check the path and its permissions")
      }
    }
    lock = try FolderLock("\(path)/.lock", of: path)
    AtomicFile.removeUnfinished(below: path)
    let file = "\(path)/market.json"
    if let data = FileManager.default.contents(atPath: file) {
      guard (try? JSONText.decode(Definition.self, from: data)) == definition else {
        throw UserError(
          file, found: "another market or experiment", expected: "the same settings",
          remedy: "choose another --out, or delete the folder")
      }
    } else {
      try AtomicFile.write(JSONText.record(definition), to: file)
    }
  }

  private func number(_ day: Int) -> String { (day < 10 ? "0" : "") + "\(day)" }

  /// A day's record; nil for one that is not done.
  func record(of day: Int) throws -> MarketDay? {
    let file = "\(path)/days/\(number(day)).json"
    guard let data = FileManager.default.contents(atPath: file) else { return nil }
    do { return try JSONText.decode(MarketDay.self, from: data) } catch {
      throw UserError(
        file, found: "no record of a day", expected: "what this program has written",
        remedy: "delete the file: the day is then done again")
    }
  }

  /// Keeps a day.
  func write(_ outcome: DaySimulation.Outcome) throws {
    let day = outcome.record.day
    for (arm, logs) in outcome.logs.enumerated() {
      for (isExplored, log) in zip([false, true], logs) {
        try AtomicFile.write(log.text, to: logPath(day, outcome.record.phase, arm, isExplored))
      }
    }
    try AtomicFile.write(JSONText.record(outcome.record), to: "\(path)/days/\(number(day)).json")
  }

  private func logPath(_ day: Int, _ phase: MarketPhase, _ arm: Int, _ isExplored: Bool) -> String {
    let name = phase.arms[arm]
    return "\(path)/log/day-\(number(day))\(name.isEmpty ? "" : "-\(name)")"
      + "\(isExplored ? "-explored" : "").csv"
  }

  /// The logs of a day that have rows: where few requests are answered in random order, an arm may have none.
  ///
  /// - Parameters:
  ///   - arms: of these arms alone; nil for all.
  ///   - exploredOnly: those in random order alone.
  func logs(
    of day: Int, _ phase: MarketPhase, arms: [Int]? = nil, exploredOnly: Bool = false
  ) -> [LogSource] {
    (arms ?? Array(phase.arms.indices)).flatMap { arm in
      (exploredOnly ? [true] : [false, true]).map { .file(logPath(day, phase, arm, $0)) }
        .filter { ($0.size ?? 0) > ImpressionLog.header.utf8.count }
    }
  }

  func modelPath(_ name: String, _ version: Int) -> String {
    "\(path)/models/\(name)/\(version)/model.deepfm"
  }
}
