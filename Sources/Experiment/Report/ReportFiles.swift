import Features
import Foundation
import Reports
import Support
import Training

/// The files that tell an experiment's or a run's outcome.
///
/// | file | content |
/// |---|---|
/// | `report.html` | the report, a page that needs nothing but itself |
/// | `report.md` | the same without pictures |
/// | `results.json` | the numbers; a single run's are in its `metrics.json` |
package enum ReportFiles {
  /// Writes the files of an experiment, and its record.
  ///
  /// - Throws: `UserError` for a run that is no longer whole, or a file that cannot be written.
  package static func write(_ record: ExperimentRecord, to folder: String) throws {
    try record.write(to: folder)
    switch record.kind {
    case .compare:
      let comparison = try Comparison(record, in: folder)
      try AtomicFile.write(JSONText.results(comparison), to: folder + "/results.json")
      try write(try comparison.report(in: folder), to: folder)
    case .study:
      let result = try StudyResult(record, in: folder)
      try AtomicFile.write(JSONText.results(result), to: folder + "/results.json")
      try write(try result.report(in: folder), to: folder)
    }
  }

  /// Writes the files of training day by day, `days.json` among them.
  ///
  /// - Throws: `UserError` for a file that cannot be written.
  package static func write(_ result: DayResult, to folder: String) throws {
    try result.write(to: folder)
    try write(result.report, to: folder)
  }

  /// Writes the report of a single run into its folder.
  ///
  /// - Parameter command: the words of the command that made it; nil where they are not known.
  /// - Throws: `UserError` where the folder holds no whole run.
  package static func writeRun(folder: String, command: [String]? = nil) throws {
    try write(try RunReport.make(folder: folder, command: command), to: folder)
  }

  /// Writes the report of whatever a folder holds: an experiment or a run.
  ///
  /// - Throws: `UserError` where it holds neither.
  package static func regenerate(folder: String) throws {
    if ExperimentRecord.exists(in: folder) {
      try write(ExperimentRecord(folder: folder), to: folder)
    } else if DayResult.exists(in: folder) {
      try write(DayResult(folder: folder).report, to: folder)
    } else if FileManager.default.fileExists(atPath: folder + "/metrics.json") {
      try writeRun(folder: folder)
    } else {
      throw UserError(
        folder, found: "neither experiment.json nor days.json nor metrics.json",
        expected: "a folder that deepfm train, compare, study or days wrote",
        remedy: "check the path")
    }
  }

  private static func write(_ report: Report, to folder: String) throws {
    try AtomicFile.write(report.markdown, to: folder + "/report.md")
    try AtomicFile.write(report.html, to: folder + "/report.html")
  }
}
