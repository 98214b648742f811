import CZlib
import Foundation
import Random

@testable import Logs

/// The message of the error that `body` throws, nil if it throws none.
func message(_ body: () throws -> Void) -> String? {
  do {
    try body()
    return nil
  } catch {
    return "\(error)"
  }
}

/// Every record of a text as its cells.
func records(_ source: LogSource, _ grammar: some RecordGrammar) throws -> [[String]] {
  var table = try Table(source, grammar)
  var rows: [[String]] = []
  while try table.next() { rows.append((0..<table.count).map { table.text($0) }) }
  return rows
}

/// Bytes as one gzip member.
func gzip(_ bytes: [UInt8]) -> [UInt8] {
  var state = z_stream()
  deflateInit2_(
    &state, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
    Int32(MemoryLayout<z_stream>.size))
  defer { deflateEnd(&state) }
  var input = bytes
  return [UInt8](unsafeUninitializedCapacity: Int(deflateBound(&state, UInt(bytes.count)))) {
    output, count in
    input.withUnsafeMutableBufferPointer { input in
      state.next_in = input.baseAddress
      state.avail_in = UInt32(input.count)
      state.next_out = output.baseAddress
      state.avail_out = UInt32(output.count)
      deflate(&state, Z_FINISH)
    }
    count = Int(state.total_out)
  }
}

/// The folder of real data, where there is one.
enum RealData {
  static let folder: String? = {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    let path =
      ProcessInfo.processInfo.environment["DEEPFM_DATA"] ?? root.path + "/../shared/data"
    return FileManager.default.fileExists(atPath: path) ? path : nil
  }()

  /// The examples' folder of this package.
  static let examples =
    URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path
    + "/examples"
}

/// Calls `body` with a folder that is gone afterwards.
func withTemporaryFolder<R>(_ body: (String) throws -> R) throws -> R {
  let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  return try body(folder.path)
}

extension RandomStream {
  /// A whole number below `bound`; near enough to uniform for tests.
  mutating func below(_ bound: Int) -> Int { Int(uniform() * Double(bound)) }
}
