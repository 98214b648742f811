import DeepFMKit
import Foundation
import Testing

@testable import Tracking

struct TrackingTests {
  @Test func `CRC-32C of the standard's check value`() {
    #expect(CRC32C.checksum(of: Array("123456789".utf8)) == 0xE306_9283)
  }

  @Test func `Records hold their length and masked checksums, and begin with the version`() throws {
    let folder = try TemporaryFolder()
    let tracker = try RunTracker(in: folder.path) { Date(timeIntervalSince1970: 1_700_000_000) }
    var configuration = TrainingConfiguration(model: "lr")
    configuration.epochs = 2
    let rows = (0..<40).map { ["\($0 % 3 == 0 ? 1 : 0)", "u\($0 % 5)"] }
    let model = try ClickModel.fit(
      .rows(columns: ["label", "user"], rows), configuration: configuration, device: "reference"
    ) { tracker.add($0) }
    tracker.finish(model.trained, test: nil, histograms: true)
    #expect(tracker.failure == nil)

    let path = folder.path + "/events.out.tfevents.1700000000.deepfm"
    var rest = [UInt8](try Data(contentsOf: URL(filePath: path)))[...]
    var records: [[UInt8]] = []
    while !rest.isEmpty {
      let length = rest.prefix(8)
      let size = length.withUnsafeBytes { Int($0.loadUnaligned(as: UInt64.self)) }
      rest = rest.dropFirst(8)
      #expect(unmasked(rest.prefix(4)) == CRC32C.checksum(of: Array(length)))
      rest = rest.dropFirst(4)
      records.append(Array(rest.prefix(size)))
      rest = rest.dropFirst(size)
      #expect(unmasked(rest.prefix(4)) == CRC32C.checksum(of: records.last!))
      rest = rest.dropFirst(4)
    }
    let texts = records.map { String(decoding: $0, as: UTF8.self) }
    #expect(texts[0].contains("brain.Event:2"))
    #expect(texts[1].contains("session_start_info") && texts[1].contains("learning_rate"))
    #expect(texts.last!.contains("session_end_info"))
    #expect(texts.contains { $0.contains("parameters/wide.weight") })
    #expect(texts.count { $0.contains("train/loss") } == 2)
  }

  @Test func `The lines hold the scalars of each epoch and what the run came to`() throws {
    let folder = try TemporaryFolder()
    let tracker = try RunTracker(in: folder.path)
    var configuration = TrainingConfiguration(model: "lr")
    (configuration.epochs, configuration.validFraction) = (2, 0.3)
    let rows = (0..<80).map { ["\($0 % 3 == 0 ? 1 : 0)", "u\($0 % 5)"] }
    let model = try ClickModel.fit(
      .rows(columns: ["label", "user"], rows), configuration: configuration, device: "reference"
    ) { tracker.add($0) }
    tracker.finish(model.trained, test: nil)
    struct Line: Decodable {
      let step: Int
      let scalars: [String: Double]
    }
    let lines = try String(contentsOfFile: folder.path + "/events.jsonl", encoding: .utf8)
      .split(separator: "\n").map { try JSONDecoder().decode(Line.self, from: Data($0.utf8)) }
    let epochs = lines.filter { $0.scalars["train/loss"] != nil }
    #expect(epochs.map(\.step) == [1, 2])
    #expect(
      epochs.map { $0.scalars["validation/log_loss"] }
        == model.trained.history.map(\.validation?.logLoss))
    #expect(lines.last?.scalars["best/log_loss"] == model.validation?.logLoss)
  }

  @Test func `A file that cannot be written is told of and ends nothing`() throws {
    #expect(throws: (any Error).self) { try RunTracker(in: "/proc/nothing") }
  }

  private func unmasked(_ bytes: ArraySlice<UInt8>) -> UInt32 {
    let masked = bytes.withUnsafeBytes { $0.loadUnaligned(as: UInt32.self) } &- 0xA282_EAD8
    return masked >> 17 | masked << 15
  }
}
