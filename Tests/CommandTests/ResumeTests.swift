import Foundation
import Testing

/// `deepfm train --checkpoint --resume`, as a user types it.
@Suite struct ResumeTests {
  private static let train = [
    "train", "--train", "log.csv", "--model", "deepfm-d", "--embedding-size", "4", "--hidden", "8",
    "--epochs", "3", "--patience", "0", "--batch-size", "16", "--device", "cpu",
  ]

  private static func writeLog(in folder: URL) throws {
    let rows = (0..<4000).map { "\($0 % 3 == 0 ? 1 : 0),u\($0 * 7 % 31),i\($0 % 7)\n" }
    try Data(("label,user,item\n" + rows.joined()).utf8).write(
      to: folder.appending(path: "log.csv"))
  }

  private static func model(_ run: String, in folder: URL) throws -> Data {
    try Data(contentsOf: folder.appending(path: "\(run)/model.deepfm"))
  }

  @Test(arguments: [SIGKILL, SIGTERM])
  func `ended by a signal and resumed, a training comes to the same bytes`(signal: Int32) throws {
    try withFolder { folder in
      try Self.writeLog(in: folder)
      let whole = try Command.run(Self.train + ["--out", "whole"], in: folder)
      #expect(whole.status == 0, "\(whole.errors)")

      let cut = Self.train + ["--checkpoint", "0s", "--out", "cut"]
      let process = try Command.start(cut, in: folder)
      let state = folder.appending(path: "cut.partial/checkpoint/state.json").path
      while process.isRunning, !FileManager.default.fileExists(atPath: state) { usleep(1000) }
      kill(process.processIdentifier, signal)
      process.waitUntilExit()
      #expect(process.terminationStatus != 0)

      if signal == SIGKILL {
        let careless = try Command.run(cut, in: folder)
        #expect(careless.status != 0 && careless.errors.contains("add --resume"))
      }
      let other = try Command.run(cut + ["--resume", "--seed", "9"], in: folder)
      #expect(other.status != 0 && other.errors.contains("seed 1, now 9"), "\(other.errors)")
      let resumed = try Command.run(cut + ["--resume"], in: folder)
      #expect(resumed.status == 0, "\(resumed.errors)")
      #expect(resumed.errors.contains("as if it had not been interrupted"))
      #expect(try Self.model("cut", in: folder) == Self.model("whole", in: folder))
      let names = try FileManager.default.contentsOfDirectory(
        atPath: folder.appending(path: "cut").path)
      #expect(names.filter { $0.hasPrefix("events.out") }.count == 1)
      #expect(!names.contains("checkpoint"))
    }
  }

  @Test func `asked to resume without a checkpoint, a training begins`() throws {
    try withFolder { folder in
      try Self.writeLog(in: folder)
      let run = try Command.run(
        Self.train + ["--checkpoint", "10m", "--resume", "--out", "run"], in: folder)
      #expect(run.status == 0, "\(run.errors)")
      #expect(run.errors.contains("no checkpoint to go on from"))
      let time = try Command.run(Self.train + ["--checkpoint", "soon", "--out", "b"], in: folder)
      #expect(time.status != 0 && time.errors.contains("--checkpoint"))
    }
  }
}
