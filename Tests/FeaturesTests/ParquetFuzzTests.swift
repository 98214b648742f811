import Foundation
import Inspection
import Random
import Support
import Testing

@testable import Features
@testable import Logs

/// Parquet files changed at random, by a seed each: no crash, no hang, and what cannot be read is said of the file by
/// its name. `DEEPFM_FUZZ=100000 swift test --filter ParquetFuzzTests` tries half as many.
@Suite struct ParquetFuzzTests {
  static let seeds = ReaderFuzzTests.seeds / 2

  @Test(arguments: ParquetTests.samples) func `a damaged file is read or refused by its name`(
    _ sample: String
  ) throws {
    let whole = Array(try Data(contentsOf: URL(filePath: ParquetTests.path(sample))))
    var schema = ParquetTests.schema
    schema.format = .parquet
    if ParquetTests.isFlat(sample) {
      schema.fields.removeAll { ["tags", "site"].contains($0.name) }
    }
    var (refused, read) = (0, 0)
    for seed in 0..<Self.seeds / ParquetTests.samples.count {
      let input = LogSource.bytes(Self.damaged(whole, UInt64(seed), sample), name: "log")
      guard try input.isParquet() else { continue }
      for reads in [Self.asRows(schema), Self.asText] {
        do {
          try reads(input)
          read += 1
        } catch let error as UserError {
          #expect(error.file.hasPrefix("log"), "\(sample), seed \(seed): \(error)")
          refused += 1
        }
      }
    }
    // The changes hit and miss.
    #expect(refused > Self.seeds / 100 && read > Self.seeds / 200)
  }

  private static func asRows(_ schema: Schema) -> (LogSource) throws -> Void {
    { log in
      var reader = RowReader([log], schema: schema, labels: .required, blockSize: 11 * 256)
      var rows = 0
      while let block = try reader.next() {
        let report = try block.read(stopsAtFirst: false) { rows += $0.count }
        #expect(report.rows + report.rejected.count == block.rows)
      }
      #expect(rows <= 1_000_000)
    }
  }

  private static func asText(_ log: LogSource) throws {
    try LogLines.read([log], columns: [], limit: 1_000_000) { #expect(!$0.isEmpty) }
  }

  /// Some bits, bytes and stretches changed; in half of the files among the headers and the footer, where most is
  /// said in few bytes.
  private static func damaged(_ whole: [UInt8], _ seed: UInt64, _ purpose: String) -> [UInt8] {
    var stream = RandomStream(seed: seed, purpose: purpose)
    var bytes = whole
    let footer = stream.below(2) == 0 ? max(bytes.count - 900, 4) : 4
    for _ in 0...stream.below(3) {
      let place = footer + stream.below(bytes.count - footer)
      switch stream.below(8) {
      case 0...2: bytes[place] ^= 1 << UInt8(stream.below(8))
      case 3, 4: bytes[place] = UInt8(stream.below(256))
      case 5: bytes[place] = [0, 127, 128, 255][stream.below(4)]
      case 6:
        for index in place..<min(place + stream.below(9), bytes.count) {
          bytes[index] = UInt8(stream.below(256))
        }
      default:
        if stream.below(4) == 0 {
          bytes.removeLast(stream.below(bytes.count - 5))
          return bytes
        }
        let from = 4 + stream.below(bytes.count - 4)
        let count = min(stream.below(40), bytes.count - max(from, place))
        if count > 0 {
          bytes.replaceSubrange(place..<place + count, with: bytes[from..<from + count])
        }
      }
    }
    return bytes
  }
}
