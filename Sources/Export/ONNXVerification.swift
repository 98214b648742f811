import Foundation
import Logs
import Operators
import Support
import Training

/// How an exported file compares with prediction, as onnxruntime computes it.
package struct ONNXVerification: Decodable, Sendable {
  /// How far a probability may be off: rounding in another order.
  package static let tolerance = 1e-6

  /// How many rows were compared.
  package let rows: Int
  /// The largest difference of a probability.
  package let largest: Double
  /// In how many rows it is more than it may be.
  package let over: Int
  /// The version of onnxruntime.
  package let runtime: String

  private struct Failure: Decodable {
    let error: String
  }

  /// Checks a file by ONNX's own checker, and compares it with a predictor.
  ///
  /// - Parameters:
  ///   - path: the exported file.
  ///   - inputs: what it is given.
  ///   - logs: which rows to compare; read twice.
  ///   - python: an interpreter that has the packages `onnx` and `onnxruntime`.
  /// - Throws: `UserError` for an interpreter without them, a row that cannot be read, and a file that
  ///   onnxruntime does not take.
  package static func run<B: Backend>(
    _ path: String, _ inputs: ONNXInputs, _ logs: [LogSource], predictor: Predictor<B>,
    python: String
  ) throws -> ONNXVerification {
    try checkPackages(python)
    let folder = FileManager.default.temporaryDirectory.appending(path: "onnx-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let feed = folder.appending(path: "feed.jsonl").path
    try writeFeed(to: feed, inputs, logs, predictor)
    let script = String(decoding: PackageResources.verify_onnx_py, as: UTF8.self)
    let outcome = try Subprocess.run(
      ["/usr/bin/env", python, "-c", script, path, feed, "\(tolerance)"], limit: 3600)
    guard case .ended(0, let output, _) = outcome else {
      throw UserError(
        path, found: "onnxruntime ended without an answer", expected: "probabilities",
        remedy: "try it on fewer rows")
    }
    if let failure = try? JSONDecoder().decode(Failure.self, from: output) {
      throw UserError(
        path, found: failure.error, expected: "a file that onnxruntime takes",
        remedy: "tell the program's makers")
    }
    return try JSONDecoder().decode(Self.self, from: output)
  }

  private static func checkPackages(_ python: String) throws {
    let outcome = try Subprocess.run(
      ["/usr/bin/env", python, "-c", "import numpy, onnx, onnxruntime"], limit: 120)
    if case .ended(0, _, _) = outcome { return }
    throw UserError(
      python, found: "no Python with the packages onnx and onnxruntime",
      expected: "what --verify compares with",
      remedy: "pip install onnx onnxruntime, or name an interpreter that has them with --python")
  }

  private static func writeFeed<B: Backend>(
    to path: String, _ inputs: ONNXInputs, _ logs: [LogSource], _ predictor: Predictor<B>
  ) throws {
    var probabilities: [Float] = []
    try predictor.predict(logs, rejecting: RejectedRows(.stop)) {
      probabilities += $0.probabilities
    }
    let encoder = predictor.model.encoder
    var first = 0
    try AtomicFile.write(to: path, synchronized: false) { file in
      func append(_ tensors: [String: ONNXFeed.Tensor], _ rows: Int) throws {
        let feed = ONNXFeed(inputs: tensors, expected: Array(probabilities[first..<first + rows]))
        first += rows
        var line = try JSONEncoder().encode(feed)
        line.append(UInt8(ascii: "\n"))
        try line.withUnsafeBytes { try file.append($0) }
      }
      switch inputs {
      case .raw: try ONNXFeed.raw(logs, by: encoder, append)
      case .ids: try ONNXFeed.ids(logs, by: encoder, append)
      }
    }
  }
}
