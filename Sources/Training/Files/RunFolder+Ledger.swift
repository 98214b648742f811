import Features
import Foundation
import Support

extension RunFolder {
  private static func ledgerPath(of model: String) -> String {
    (model as NSString).deletingLastPathComponent + "/ids.json"
  }

  /// Writes what is known of the values of a run's model from day to day.
  ///
  /// - Throws: `UserError` where the file cannot be written.
  package static func write(_ ledger: ValueLedger, to folder: String) throws {
    try AtomicFile.write(JSONText.line(ledger), to: folder + "/ids.json")
  }

  /// What is known of the values of a model's encoder; a new ledger where nothing is.
  ///
  /// - Parameter path: the model file, beside which it lies.
  /// - Throws: `UserError` for a file that cannot be read, or is of another model.
  package static func ledger(of encoder: FeatureEncoder, at path: String) throws -> ValueLedger {
    let file = ledgerPath(of: path)
    guard FileManager.default.fileExists(atPath: file) else { return ValueLedger(encoder) }
    let ledger = try? JSONText.decode(ValueLedger.self, from: read(file))
    guard let ledger, ledger.fits(encoder) else {
      throw UserError(
        file, found: ledger == nil ? "something else" : "the days of other values",
        expected: "those of the model beside it",
        remedy: "copy both from one run, or remove the file to begin with the first day")
    }
    return ledger
  }
}
