import Features
import Foundation
import Support
import Training

/// How far a comparison of days is, on disk, so that it goes on there after an end before its time.
///
/// | file | content |
/// |---|---|
/// | `state.json` | the rows judged so far, what was asked for, and the names of the others |
/// | `first.deepfm` | the first days' model, which all ways begin with |
/// | `WAY-DAY.deepfm` | the model of a way that goes on, after its last day, with the optimizer's state |
/// | `WAY-DAY.json` | what is known of the model's ids |
///
/// Models are written first and whole, then `state.json` takes the place of the one before at once, and what it no
/// longer names is removed.
package struct DayFolder: Sendable {
  /// Where it is.
  package let path: String

  /// The one of a folder of results.
  package init(of folder: String) { path = folder + "/progress" }

  /// Whether there is one.
  package var isThere: Bool { FileManager.default.fileExists(atPath: statePath) }

  private var statePath: String { path + "/state.json" }
  private static let version = 1
  private static let first = "first"

  /// The content of `state.json`.
  private struct State: Codable {
    var version: Int
    var settings: [String: String]
    var result: DayResult
    /// The file of each way's model, without the end of its name.
    var models: [String: String]
  }

  /// Keeps a result with the models it goes on from: the first one before there are judged rows. The folder is there.
  ///
  /// - Parameters:
  ///   - settings: what was asked for, by name.
  ///   - changed: the way whose model is another one now.
  /// - Throws: `UserError` where it cannot be written; what was kept before is still there then.
  func keep(
    _ result: DayResult, _ settings: [String: String],
    changed: (way: DayStrategy?, state: DayState)?
  ) throws {
    var models = result.rows.isEmpty ? [:] : try read().models
    if let (way, state) = changed {
      let name = way.map { "\($0.rawValue)-\(result.rows.last?.day ?? 0)" } ?? Self.first
      try state.model.write(to: "\(path)/\(name).deepfm")
      try AtomicFile.write(JSONText.line(state.ledger), to: "\(path)/\(name).json")
      models[way?.rawValue ?? Self.first] = name
    }
    let state = State(
      version: Self.version, settings: settings, result: result, models: models)
    try AtomicFile.write(JSONText.record(state), to: statePath)
    let kept = models.values.flatMap { ["\($0).deepfm", "\($0).json"] } + ["state.json"]
    for name in try FileManager.default.contentsOfDirectory(atPath: path)
    where !kept.contains(name) {
      try? FileManager.default.removeItem(atPath: "\(path)/\(name)")
    }
  }

  /// Takes over what another one keeps. The folder is there.
  func take(from other: DayFolder) throws {
    let state = try other.read()
    for name in state.models.values.flatMap({ ["\($0).deepfm", "\($0).json"] }) {
      try FileManager.default.copyItem(atPath: "\(other.path)/\(name)", toPath: "\(path)/\(name)")
    }
    try AtomicFile.write(JSONText.record(state), to: statePath)
  }

  private func read() throws -> State {
    let state: State = try decode(statePath, "the progress of deepfm days")
    guard state.version == Self.version, state.models[Self.first] != nil else {
      throw UserError(
        statePath, found: "the progress of another version", expected: "version \(Self.version)",
        remedy: "begin anew with --overwrite")
    }
    return state
  }

  /// Reads what was kept.
  ///
  /// - Parameter settings: what is asked for now.
  /// - Returns: the result so far, and the model of each way, that of nil being the first one.
  /// - Throws: `UserError` where it is damaged, or something else was asked for.
  func read(
    _ settings: [String: String]
  ) throws -> (result: DayResult, states: [DayStrategy?: DayState]) {
    let state = try read()
    let changes = Set(settings.keys).union(state.settings.keys).sorted().filter {
      settings[$0] != state.settings[$0]
    }
    guard changes.isEmpty else {
      let text = changes.map {
        "\($0) \(state.settings[$0] ?? "not set"), now \(settings[$0] ?? "not set")"
      }
      throw UserError(
        path, found: "days of other settings or rows (\(text.joined(separator: "; ")))",
        expected: "those of this command",
        remedy: "go on with the same command and log, or begin anew with --overwrite")
    }
    let states = try state.models.map { way, name in
      let model = try TrainedModel(contentsOf: "\(path)/\(name).deepfm")
      let file = "\(path)/\(name).json"
      let ledger: ValueLedger = try decode(file, "the ids of a model")
      guard ledger.fits(model.encoder) else {
        throw UserError(
          file, found: "the ids of another model", expected: "those of the model beside it",
          remedy: "begin anew with --overwrite")
      }
      return (DayStrategy(rawValue: way), DayState(model: model, ledger: ledger))
    }
    return (state.result, Dictionary(states) { first, _ in first })
  }

  private func decode<Value: Decodable>(_ path: String, _ expected: String) throws -> Value {
    guard let value = try? JSONText.decode(Value.self, from: Data(contentsOf: URL(filePath: path)))
    else {
      throw UserError(
        path, found: "no file that can be read as such", expected: expected,
        remedy: "begin anew with --overwrite")
    }
    return value
  }

  /// Removes it.
  package func remove() {
    // First what names the others: were the process killed in the middle, it would name files that are gone.
    unlink(statePath)
    try? FileManager.default.removeItem(atPath: path)
  }
}
