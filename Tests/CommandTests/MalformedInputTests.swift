import Foundation
import Testing

/// A log that is wrong in one way, and what the command's one line about it must name.
struct Defect: CustomTestStringConvertible, Sendable {
  let name: String
  let file: String
  let content: [UInt8]
  let arguments: [String]
  let mentions: [String]

  init(
    _ name: String, _ content: String, file: String = "log.csv", arguments: [String] = [],
    mentions: String...
  ) {
    self.init(
      name, bytes: Array(content.utf8), file: file, arguments: arguments, mentions: mentions)
  }

  init(
    _ name: String, bytes: [UInt8], file: String = "log.csv", arguments: [String] = [],
    mentions: [String]
  ) {
    self.name = name
    self.file = file
    self.content = bytes
    self.arguments = arguments
    self.mentions = mentions
  }

  var testDescription: String { name }

  private static let rows = "1,a,3.5\n0,b,1.25\n1,a,0.5\n0,c,2\n"
  private static let numericAge = """
    fields:
      - {name: user, kind: categorical}
      - {name: age, kind: numeric}

    """

  static let all: [Defect] = [
    Defect("truncated line", "label,user,age\n" + rows + "1,a\n", mentions: "log.csv:6"),
    Defect(
      "text for a number", "label,user,age\n" + rows + "1,a,old\n",
      arguments: ["--schema", "schema.yaml"], mentions: "log.csv:6:5", "old"),
    Defect("NaN label", "label,user,age\n" + rows + "nan,a,1\n", mentions: "log.csv:6", "nan"),
    Defect("label 2", "label,user,age\n" + rows + "2,a,1\n", mentions: "log.csv:6", "2"),
    Defect("empty file", "", mentions: "log.csv", "empty"),
    Defect(
      "missing column", "label,person,age\n" + rows, arguments: ["--schema", "schema.yaml"],
      mentions: "log.csv:1", "user", "person"),
    Defect("duplicate header", "label,user,user\n" + rows, mentions: "log.csv:1", "user"),
    Defect(
      "binary junk", bytes: Array("label,user,age\n".utf8) + [0, 1, 2, 0xFF, 0xFE, 10] + [0, 0],
      mentions: ["log.csv:2"]),
    Defect(
      "gzip cut short", bytes: Array(gzipped.prefix(gzipped.count - 12)), file: "log.csv.gz",
      mentions: ["log.csv.gz"]),
    Defect(
      "unknown model name", "label,user,age\n" + rows, arguments: ["--model", "deepfm-x"],
      mentions: "deepfm-x", "deepfm-d"),
  ]

  /// `label,user,age` and four rows, by gzip.
  private static let gzipped = Array(
    Data(
      base64Encoded: """
        H4sIAAAAAAAAA8tJTErN0SktTi3SSUxP5TLUSdQx1jPlMtBJ0jHUMzIFCxiABZJ1jLgACIPhMi4AAAA=
        """)!)

  static let schema = numericAge
}

@Suite struct MalformedInputTests {
  @Test(arguments: Defect.all)
  func `malformed input is refused in one line and leaves nothing behind`(_ defect: Defect) throws {
    try withFolder { folder in
      try Data(defect.content).write(to: folder.appending(path: defect.file))
      try Data(Defect.schema.utf8).write(to: folder.appending(path: "schema.yaml"))
      let result = try Command.run(
        ["train", "--train", defect.file, "--out", "run"] + defect.arguments, in: folder)

      #expect(result.status != 0)
      #expect(result.output.isEmpty)
      let lines = result.errors.split(separator: "\n").filter { $0.hasPrefix("Error: ") }
      #expect(lines.count == 1, "\(result.errors)")
      for mention in defect.mentions {
        #expect(result.errors.contains(mention), "\(mention) in: \(result.errors)")
      }
      #expect(!FileManager.default.fileExists(atPath: folder.appending(path: "run").path))
    }
  }
}
