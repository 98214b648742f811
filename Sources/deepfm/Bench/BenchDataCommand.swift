import ArgumentParser
import DeepFMKit
import Foundation
import Support
import Synthetic

struct BenchDataCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "data",
    abstract: "Writes the benchmarks' rows for other programs, as NumPy arrays.",
    discussion: """
      The folder gets ids.npy, 32-bit integers [rows × fields] in one numbering over all fields, \
      labels.npy, [rows], and cardinalities.npy, the number of values of each field.
      """)

  @Option(help: "The number of rows to make.")
  var rows = 400_000

  @Option(
    help: ArgumentHelp("The folder to write into.", valueName: "folder"), completion: .directory)
  var out: String

  func run() throws {
    let log = SyntheticLog.criteoShaped()
    let dataset = try log.dataset(rows: 0..<rows)
    try FileManager.default.createDirectory(
      atPath: out, withIntermediateDirectories: true)
    try write("ids", dataset.ids, type: "<i4", shape: "\(rows), \(dataset.layout.slots)")
    try write("labels", dataset.labels, type: "<f4", shape: "\(rows),")
    try write(
      "cardinalities", log.fields.map { Int64($0.cardinality) }, type: "<i8",
      shape: "\(log.fields.count),")
  }

  /// Writes an array in NumPy's format, version 1.0.
  private func write<Element: BitwiseCopyable>(
    _ name: String, _ elements: [Element], type: String, shape: String
  ) throws {
    var header = "{'descr': '\(type)', 'fortran_order': False, 'shape': (\(shape)), }"
    // The elements begin at a multiple of 64 bytes, after 10 bytes of magic, version and length.
    header += String(repeating: " ", count: 63 - (10 + header.utf8.count) % 64) + "\n"
    let length = header.utf8.count
    let magic: [UInt8] = [0x93] + "NUMPY".utf8 + [1, 0, UInt8(length & 255), UInt8(length >> 8)]
    try AtomicFile.write(to: "\(out)/\(name).npy") { file in
      try (magic + header.utf8).withUnsafeBytes { try file.append($0) }
      try elements.withUnsafeBytes { try file.append($0) }
    }
  }
}
