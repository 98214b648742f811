import Features
import Foundation
import Support

extension TrainedModel {
  /// What a model file's header holds.
  struct Header: Codable {
    var encoder: FeatureEncoder
    var configuration: TrainingConfiguration
    var step: Int
    var bestEpoch: Int?
    var history: [EpochRecord]
    var pretraining: Pretraining?
    var recalibration: Float?
    var tensors: [ModelFile.Entry]

    enum CodingKeys: String, CodingKey {
      case encoder, configuration, step, history, pretraining, recalibration, tensors
      case bestEpoch = "best_epoch"
    }
  }

  /// Writes the model into one file. Equal models give equal bytes; a file of that name is replaced
  /// at the very end, and no half-written one is ever there.
  ///
  /// - Parameter includingOptimizer: whether to keep the optimizer's numbers, with which training
  ///   could go on; they take once or twice the room of the model itself.
  /// - Throws: `UserError` where the file cannot be written.
  public func write(to path: String, includingOptimizer: Bool = true) throws {
    let model = includingOptimizer ? self : withoutOptimizer
    try AtomicFile.write(to: path) { file in try model.stream(file.append) }
  }

  /// The bytes of the model's file, see ``write(to:includingOptimizer:)``.
  package func bytes(includingOptimizer: Bool = true) throws -> [UInt8] {
    var bytes: [UInt8] = []
    try (includingOptimizer ? self : withoutOptimizer).stream { bytes.append(contentsOf: $0) }
    return bytes
  }

  /// The bytes of the model's file, piece by piece.
  func stream(_ write: (UnsafeRawBufferPointer) throws -> Void) throws {
    let header = try header()
    let parts = tensors.flatMap { [$0.values] + $0.states }
    let numbers = parts.reduce(0) { $0 + $1.count }
    let size =
      ModelFile.preambleSize + header.count + 4 * numbers + ModelFile.checksumSize
    var checksum = Checksum()
    func append(_ bytes: UnsafeRawBufferPointer) throws {
      checksum.add(bytes)
      try write(bytes)
    }
    try ModelFile.preamble(headerSize: header.count, fileSize: size).withUnsafeBytes(append)
    try header.withUnsafeBytes(append)
    for part in parts { try part.withUnsafeBytes(append) }
    try ModelFile.bytes(checksum.value).withUnsafeBytes(write)
  }

  private func header() throws -> [UInt8] {
    var offset = 0
    let entries = tensors.map { tensor in
      let rowParts = tensor.rowStates
      defer { offset += tensor.values.count + tensor.states.reduce(0) { $0 + $1.count } }
      return ModelFile.Entry(
        name: tensor.name, rows: tensor.rows, columns: tensor.columns,
        parts: 1 + tensor.states.count - rowParts, rowParts: rowParts > 0 ? rowParts : nil,
        offset: offset)
    }
    let header = Header(
      encoder: encoder, configuration: configuration, step: step, bestEpoch: bestEpoch,
      history: history, pretraining: pretraining, recalibration: recalibration, tensors: entries)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    var bytes = [UInt8](try encoder.encode(header))
    while bytes.count % 8 != 0 { bytes.append(UInt8(ascii: " ")) }
    return bytes
  }
}
