import Foundation
import Testing

/// From a log to predictions by its users' histories.
@Suite struct HistoryTests {
  private static let schema = """
    time: {column: at, format: unix}
    fields:
      - {name: user}
      - {name: item, vocabulary: item}
      - {name: seen, kind: multivalued, vocabulary: item, max_values: 3, history: {of: item, by: user}}

    """

  @Test func `a log gets histories, and so do rows to predict`() throws {
    try withFolder { folder in
      let rows = (0..<90).map { "\($0 % 3 == 0 ? 1 : 0),u\($0 % 7),i\($0 % 5),\(1000 + $0)\n" }
      try Data(("label,user,item,at\n" + rows.joined()).utf8)
        .write(to: folder.appending(path: "log.csv"))
      try Data("user,item,at\nu1,i2,2000\nnew,i3,2000\n".utf8)
        .write(to: folder.appending(path: "new.csv"))
      try Data(Self.schema.utf8).write(to: folder.appending(path: "schema.yaml"))
      let made = try Command.run(
        "history", "log.csv", "--schema", "schema.yaml", "--out", "long.csv", in: folder)
      #expect(made.status == 0 && made.output.isEmpty)
      #expect(made.errors.contains("seen: 2.5 values a row, 7.8 % of rows without any, 7 users"))
      let bare = try Command.run(
        "train", "--train", "log.csv", "--schema", "schema.yaml", "--model", "lr", "--out", "bare",
        in: folder)
      #expect(bare.status != 0 && bare.errors.contains("deepfm history makes it"))
      let trained = try Command.run(
        "train", "--train", "long.csv", "--schema", "schema.yaml", "--model", "fm", "--epochs", "1",
        "--device", "reference", "--out", "run", in: folder)
      #expect(trained.status == 0, "\(trained.errors)")
      let fresh = try Command.run(
        "history", "new.csv", "--before", "log.csv", "--schema", "schema.yaml", "--out", "-",
        in: folder)
      #expect(
        fresh.output == "user,item,at,seen\nu1,i2,2000,i0|i3|i1\nnew,i3,2000,\n", "\(fresh.errors)")
      let predicted = try Command.run(
        ["predict", "run", "-", "--device", "reference"], in: folder, input: fresh.output)
      #expect(predicted.status == 0 && predicted.output.split(separator: "\n").count == 2)
      let lost = try Command.run(
        "history", "log.csv", "--schema", "schema.yaml", "--out", "log.csv", in: folder)
      #expect(lost.status != 0 && lost.errors.contains("another file for a result"))
    }
  }
}
