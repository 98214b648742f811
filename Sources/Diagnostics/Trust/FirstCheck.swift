import Features
import Foundation
import Operators
import Support
import Training

/// Who holds a device against the reference before it first computes with a model of some shape: a process of its own,
/// so that a driver that crashes or hangs is a verdict like any other. What is right is remembered by device, driver,
/// kernels and shape, and costs nothing again.
///
/// The process may be the command's, `FirstCheck(by: ["/usr/bin/deepfm", "check-device"])`, or the program's own:
///
/// ```swift
/// if CommandLine.arguments.dropFirst().first == "check-device" { try FirstCheck.answer() } else {
///   let check = FirstCheck(by: ["/proc/self/exe", "check-device"])
///   let model = try ClickModel.fit(log, check: check)
/// }
/// ```
public struct FirstCheck: Sendable {
  /// A program's path and its arguments.
  public var command: [String]
  /// How long it may take, in seconds.
  public var limit: Double
  /// What to do about a device that is refused.
  package var remedy = "choose another device, see deepfm doctor, or do without the check"

  /// - Parameters:
  ///   - command: a program's path and its arguments; it is to do what ``answer()`` does.
  ///   - limit: how long it may take, in seconds.
  public init(by command: [String], limit: Double = 180) {
    (self.command, self.limit) = (command, limit)
  }

  /// What the process does: reads from standard input what is asked of the device, makes the check, and prints what it
  /// has found.
  public static func answer() throws {
    let question = FileHandle.standardInput.readDataToEndOfFile()
    let answer = try answer(to: String(decoding: question, as: UTF8.self))
    try FileHandle.standardOutput.write(contentsOf: Data(answer.utf8))
  }

  /// The same with what is asked, and what was found, in a line of JSON each.
  public static func answer(to question: String) throws -> String {
    try JSONText.line(JSONText.decode(DeviceCheck.self, from: Data(question.utf8)).run())
  }

  /// Where tables are worked on in windows: by kernels of their own, which are to be right as well.
  private func tables(
    on backend: OpenCLBackend, for purpose: DeviceCheck.Purpose,
    _ configuration: TrainingConfiguration, of encoder: FeatureEncoder
  ) throws -> DeviceCheck.Tables? {
    let (graph, logits) = try configuration.graph(layout: encoder.layout)
    let places = TablePlace.planned(
      graph, logits: logits, capacity: configuration.batchSize ?? 4096,
      recipe: purpose == .training ? configuration.recipe : nil, on: backend)
    // What ranks share lies in their hosts' memory.
    if backend.tablePlacement == .ranks, purpose == .training, configuration.tables == .touched,
      configuration.tablePrecision == .float32
    {
      return .host
    }
    guard let place = places.first else { return nil }
    return place.isOnHost ? .host : .pieces
  }

  /// Refuses a device that computes wrong what a model asks of it, crashes at it or does not answer.
  ///
  /// - Parameters:
  ///   - device: as a user names it.
  ///   - products: how matrices are multiplied.
  ///   - encoder: that of the rows.
  ///   - report: called with a line for people.
  /// - Throws: `UserError` with what is wrong.
  package func make(
    on backend: any Backend, named device: String, _ products: MatrixProducts.Policy,
    for purpose: DeviceCheck.Purpose, _ configuration: TrainingConfiguration,
    of encoder: FeatureEncoder, report: (String) -> Void
  ) throws {
    guard let backend = backend as? OpenCLBackend else { return }
    var configuration = configuration
    try configuration.settle(fieldsOf: encoder)
    let check = DeviceCheck(
      device: device, products: products, configuration, layout: encoder.layout, for: purpose,
      tables: try tables(on: backend, for: purpose, configuration, of: encoder))
    try DeviceTrust(check, on: backend).establish(
      by: command, limit: limit, remedy: remedy, report: report)
  }
}
