import Foundation
import Support
import Training

extension TrainedModel {
  /// Writes the parameters in the safetensors format: the header's length in 8 bytes, a header in JSON with the
  /// type, shape and place of each tensor, and the tensors one after the other, little-endian.
  ///
  /// Names and shapes are the model's own: `embedding` [features × k], `deep.0.weight` [inputs × outputs], which is
  /// the transpose of what PyTorch's linear layer keeps. What the rows of a table stand for is in two further
  /// tensors: `vocabulary.bytes`, JSON lines of field, value and row, and `vocabulary.offsets`, where each line begins.
  ///
  /// - Throws: `UserError` where the file cannot be written.
  package func writeSafetensors(to path: String, version: String) throws {
    let (lines, offsets) = try vocabularyLines()
    // Longer elements first, so that all are aligned.
    let place = offsets.count * 8
    var entries = [
      "vocabulary.offsets": Entry(dtype: "I64", shape: [offsets.count], from: 0, bytes: place)
    ]
    var end = place
    for tensor in tensors {
      let bytes = 4 * tensor.values.count
      entries[tensor.name] = Entry(
        dtype: "F32", shape: tensor.rows == 1 ? [tensor.columns] : [tensor.rows, tensor.columns],
        from: end, bytes: bytes)
      end += bytes
    }
    entries["vocabulary.bytes"] = Entry(
      dtype: "U8", shape: [lines.count], from: end, bytes: lines.count)
    let header = try Self.header(
      entries, ["format": "deepfm", "version": version, "configuration": configuration.yaml])
    try AtomicFile.write(to: path) { file in
      try withUnsafeBytes(of: UInt64(header.count).littleEndian, file.append)
      try header.withUnsafeBytes(file.append)
      try offsets.withUnsafeBytes(file.append)
      for tensor in tensors { try tensor.values.withUnsafeBytes(file.append) }
      try lines.withUnsafeBytes(file.append)
    }
  }

  private struct Entry: Encodable {
    let dtype: String
    let shape: [Int]
    let offsets: [Int]

    init(dtype: String, shape: [Int], from start: Int, bytes: Int) {
      (self.dtype, self.shape, offsets) = (dtype, shape, [start, start + bytes])
    }

    enum CodingKeys: String, CodingKey {
      case dtype, shape
      case offsets = "data_offsets"
    }
  }

  /// The header, filled up with blanks to a multiple of 8.
  private static func header(
    _ entries: [String: Entry], _ metadata: [String: String]
  ) throws -> [UInt8] {
    let entries = try JSONText.line(entries).dropLast(2)
    let metadata = try JSONText.line(["__metadata__": metadata]).dropFirst().dropLast(2)
    let header = [UInt8]("\(entries),\(metadata)}".utf8)
    return header + [UInt8](repeating: UInt8(ascii: " "), count: (8 - header.count % 8) % 8)
  }

  /// A line for each row of a table that stands for a value, and where it begins; behind the last, its end.
  private func vocabularyLines() throws -> (bytes: [UInt8], offsets: [Int64]) {
    struct Line: Encodable {
      let field: String
      let row: Int
      let value: String
    }
    var (bytes, offsets): ([UInt8], [Int64]) = ([], [])
    for field in encoder.fields {
      for (rank, value) in field.vocabulary.ranked {
        offsets.append(Int64(bytes.count))
        bytes += try JSONText.line(
          Line(field: field.field.name, row: Int(field.firstValueID) + rank, value: value)
        ).utf8
      }
    }
    return (bytes, offsets + [Int64(bytes.count)])
  }
}
