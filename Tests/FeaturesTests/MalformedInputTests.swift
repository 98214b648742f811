import Random
import Support
import Testing

@testable import Datasets
@testable import Features
@testable import Logs

@Suite struct MalformedInputTests {
  static let schema = Schema(
    format: .csv, label: "label", weight: "w",
    fields: [.categorical("user"), .numeric("age"), .multivalued("tags")])

  @Test(arguments: [
    (
      "label,w,user,age,tags\n1,1,a,3,x\n0,1,b\n",
      ":3: found 3 columns, expected 5; complete or delete the line"
    ),
    (
      "label,w,user,age,tags\n1,1,a,3,x,y\n",
      ":2: found 6 columns, expected 5; quote a value that holds the delimiter"
    ),
    (
      "label,w,user,age,tags\n1,1,a,old,x\n",
      ":2:7: found \"old\" in column \"age\", expected a number; correct it, or leave it empty if it "
        + "is missing"
    ),
    (
      "label,w,user,age,tags\nnan,1,a,3,x\n",
      ":2:1: found label \"nan\", expected 0 or 1; correct or delete the row"
    ),
    (
      "label,w,user,age,tags\n\"1\",1,a,3,x\n\"2\",1,a,3,x\n",
      ":3:1: found label \"2\", expected 0 or 1; correct or delete the row, or say in a "
        + "schema what a click is, label: {column: \"label\", above: …} or {…, equals: …}"
    ),
    (
      ",w,user,age,tags\n1,1,a,3,x\n",
      ":1: found columns , w, user, age, tags, expected a column \"label\"; add it, or name another "
        + "one"
    ),
    (
      "label,w,user,age,tags\n,1,a,3,x\n",
      ":2:1: found label \"\", expected 0 or 1; correct or delete the row"
    ),
    (
      "label,w,user,age,tags\n1,-1,a,3,x\n",
      ":2:3: found weight \"-1\", expected a finite number from 0; correct or delete the row"
    ),
    (
      "label,w,user,age,tags\n1,inf,a,3,x\n",
      ":2:3: found weight \"inf\", expected a finite number from 0; correct or delete the row"
    ),
    ("", ": found an empty file, expected a log with rows; check how it was written"),
    (
      "label,w,user,age,tags\n",
      ": found no rows, expected a log with rows; check how it was written"
    ),
    (
      "label,w,usr,age,tags\n1,1,a,3,x\n",
      ":1: found columns label, w, usr, age, tags, expected a column \"user\"; did you mean \"usr\"?"
    ),
    (
      "label,w,user,age,user\n1,1,a,3,x\n",
      ":1:18: found column \"user\" twice in the header (3 and 5), expected each name once; rename "
        + "or delete one"
    ),
    (
      "label,w,user,age,tags\n1,1,\0a,3,x\n",
      ":2:5: found a NUL byte, expected text; check that this is a log and not a binary file, or "
        + "convert it to UTF-8"
    ),
  ])
  func `a bad log is refused with its place`(text: String, expected: String) {
    #expect(
      message { _ = try FeatureEncoder.fit(Self.schema, to: [.text(text, name: "t.csv")]) }
        == "t.csv" + expected)
  }

  @Test func `a log without a label lists its columns`() {
    #expect(
      message { _ = try FeatureEncoder.fit(to: [.text("a,b\n1,2\n")]) }
        == "log.csv:1: found columns a, b, expected one named label, click, clicked, target, y; "
        + "rename the label's column, or name it in a schema, label: click; deepfm schema infer "
        + "log.csv writes one")
  }

  @Test func `a Criteo line that is cut is refused`() {
    let line = "0" + String(repeating: "\t1", count: 39) + "\n"
    #expect(
      message {
        _ = try FeatureEncoder.fit(.criteo, to: [.text(line + "1\t2\n", name: "train.txt")])
      }
        == "train.txt:2: found 2 columns, expected 40; complete or delete the line")
  }

  @Test func `a split of no files is refused`() {
    #expect(
      message { _ = try FeatureEncoder.fit(to: [] as [String]) }
        == "input: found no files, expected at least one log; name one")
  }

  /// Whatever the bytes, there is an error or every row is there.
  @Test(arguments: [LogFormat.csv, .tsv, .criteo, .libsvm, .libffm, .jsonl])
  func `mutated logs end in an error or in rows`(format: LogFormat) throws {
    let delimiter = format == .csv ? "," : "\t"
    let line =
      switch format {
      case .csv, .tsv: ["1", "user \"x\"", "a|b||", "3.5"].joined(separator: delimiter)
      case .criteo: "0" + String(repeating: "\t12", count: 39)
      case .libsvm: "1 1:1 2:0.5 77:1"
      case .libffm: "1 0:1:1 0:2:0.5 3:77:1"
      default: #"{"label": 1, "u": "\u00e9", "t": ["a", "b"], "in": {"n": 3.5}}"#
      }
    let header = ["label", "u", "t", "n"].joined(separator: delimiter) + "\n"
    let text =
      (format == .csv || format == .tsv ? header : "")
      + String(repeating: line + "\r\n", count: 5)
    let junk = Array("\n\r\",\t:|-.e0 \0{}[]\\".utf8) + [0xFF, 0xC3, 0xA9]
    var (refused, read) = (0, 0)
    for seed in 0..<1_500 as Range<UInt64> {
      var stream = RandomStream(seed: seed)
      var bytes = Array(text.utf8)
      for _ in 0...stream.below(3) {
        let place = stream.below(bytes.count)
        switch stream.below(4) {
        case 0: bytes[place] = junk[stream.below(junk.count)]
        case 1: bytes.insert(junk[stream.below(junk.count)], at: place)
        case 2: bytes.remove(at: place)
        default: bytes.removeLast(stream.below(bytes.count / 2))
        }
      }
      let log = LogSource.bytes(stream.below(4) == 0 ? gzip(bytes) : bytes)
      do {
        let data = try FeatureEncoder.fit(Schema(format: format), to: [log]).encode([log])
        #expect(data.rows > 0 && data.ids.count == data.rows * data.layout.slots)
        #expect(data.ids.allSatisfy { $0 >= -1 && Int($0) < data.layout.features })
        read += 1
      } catch let error as UserError {
        #expect(!error.description.contains("\n"))
        refused += 1
      }
    }
    #expect(refused > 50 && read > 50)
  }
}
