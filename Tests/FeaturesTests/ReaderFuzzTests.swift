import Foundation
import Random
import Testing

@testable import Features
@testable import Logs

/// Logs changed at random, by a seed each. Whatever the bytes: no crash, no hang, and every row is
/// either delivered or reported, the same ones however the log is cut into blocks.
///
/// `DEEPFM_FUZZ=100000 swift test --filter ReaderFuzzTests` tries so many seeds of all formats together;
/// without it a small share is tried.
@Suite struct ReaderFuzzTests {
  static let seeds = ProcessInfo.processInfo.environment["DEEPFM_FUZZ"].flatMap(Int.init) ?? 4_000

  @Test(arguments: FuzzFormat.all) func `every row is delivered or reported`(_ format: FuzzFormat)
    throws
  {
    var (rejected, delivered, refused) = (0, 0, 0)
    for seed in 0..<Self.seeds / FuzzFormat.all.count {
      let input = format.mutated(seed: UInt64(seed))
      let whole = Reading(input, format.schema, blockSize: 1 << 20)
      let cut = Reading(input, format.schema, blockSize: 1 + seed % 97)
      #expect(whole == cut, "\(format.name), seed \(seed)")
      #expect(whole.isComplete(for: input, format), "\(format.name), seed \(seed)")
      (rejected, delivered) = (rejected + whole.rejected.count, delivered + whole.lines.count)
      refused += whole.refusal == nil ? 0 : 1
    }
    // The changes hit and miss.
    #expect(rejected > Self.seeds / 20 && delivered > Self.seeds / 20)
    #expect(refused < Self.seeds / FuzzFormat.all.count / 2)
  }
}

/// A format with a small log of it.
struct FuzzFormat: Sendable, CustomTestStringConvertible {
  var name: String
  var schema: Schema
  var text: String
  /// Whether a record is a line, whatever stands in it.
  var isLineBased = true

  var testDescription: String { name }

  static let all: [FuzzFormat] = {
    let fields: [Schema.Field] = [.categorical("u"), .multivalued("t"), .numeric("n")]
    func lines(_ line: String, _ count: Int = 4) -> String {
      String(repeating: line + "\n", count: count)
    }
    return [
      FuzzFormat(
        name: "csv", schema: Schema(format: .csv, label: "label", fields: fields),
        text: "label,u,t,n\n" + lines("1,\"user \"\"x\"\"\",a|b||,3.5\r\n0,é,\"a\nb\",", 2),
        isLineBased: false),
      FuzzFormat(
        name: "tsv", schema: Schema(format: .tsv, label: "label", fields: fields),
        text: "label\tu\tt\tn\n" + lines("1\t\"a\tb\"\ta|b\t-1e3\r\n0\tx\t\t"), isLineBased: false),
      FuzzFormat(
        name: "criteo",
        schema: Schema(format: .criteo, label: "label", fields: Schema.criteo.fields),
        text: lines("0" + String(repeating: "\t12", count: 39))),
      FuzzFormat(
        name: "libsvm",
        schema: Schema(
          format: .libsvm,
          fields: [
            .ids("a", IDRange(0, 9)),
            .ids("b", IDRange(10, 99), kind: .multivalued, weighted: true),
          ]), text: lines("1 1:1 12:0.5 77:1")),
      FuzzFormat(
        name: "libffm",
        schema: Schema(
          format: .libffm,
          fields: [
            .categorical("0"), .multivalued("1", pooling: .sum), .numeric("n", column: "2"),
          ]), text: lines("1 0:1:1 1:12:1 1:77:1 2:3:-0.5")),
      FuzzFormat(
        name: "jsonl",
        schema: Schema(
          format: .jsonl, label: "label",
          fields: [.categorical("u"), .multivalued("t"), .numeric("n", column: "in.n")]),
        text: lines(#"{"label": 1, "u": "a\u00e9\n", "t": ["x", 1, null], "in": {"n": -1.5e2}}"#)
          + lines(#"{"x": [{}, []], "label": false, "t": "a|b"}"#, 2)),
    ]
  }()

  private static let junk: [[UInt8]] =
    "\n\r\",\t:|-.e0 \0{}[]\\".utf8.map { [$0] }
    + [[0xFF], [0xC3], [0xC3, 0xA9], [0xEF, 0xBB, 0xBF], Array("\"\"".utf8), Array("\r\n".utf8)]

  /// The log with some bytes changed, added, taken away or doubled.
  func mutated(seed: UInt64) -> [UInt8] {
    var stream = RandomStream(seed: seed, purpose: name)
    var bytes = Array(text.utf8)
    for _ in 0...stream.below(4) {
      guard !bytes.isEmpty else { break }
      let place = stream.below(bytes.count)
      let junk = Self.junk[stream.below(Self.junk.count)]
      switch stream.below(6) {
      case 0: bytes.replaceSubrange(place...place, with: junk)
      case 1: bytes.insert(contentsOf: junk, at: place)
      case 2: bytes.remove(at: place)
      case 3: bytes[place] ^= 1 << UInt8(stream.below(8))
      case 4:
        let end = min(place + stream.below(40), bytes.count)
        bytes.insert(contentsOf: bytes[place..<end], at: stream.below(bytes.count))
      default: bytes.removeLast(stream.below(bytes.count / 2 + 1))
      }
    }
    return bytes
  }
}

/// What a log says, read in blocks of a size.
private struct Reading: Equatable {
  /// The lines of the rows that were delivered.
  var lines: [Int] = []
  var values: [String] = []
  var rejected: [String] = []
  var rejectedLines: [Int] = []
  var rejectedBytes: [UInt8] = []
  /// Why the log could not be read at all, or to its end.
  var refusal: String?

  init(_ input: [UInt8], _ schema: Schema, blockSize: Int) {
    do {
      var reader = RowReader(
        [.bytes(input)], schema: schema, labels: .required, blockSize: blockSize)
      var next = 0
      while let block = try reader.next() {
        var recorder = RowRecorder()
        let report = recorder.read(block)
        lines += recorder.lines
        values += recorder.rows
        rejected += report.rejected.map(\.error.description)
        rejectedLines += report.rejected.map { $0.error.line ?? 0 }
        rejectedBytes += report.rejected.flatMap(\.bytes)
        #expect(report.rows == recorder.rows.count && block.place.row == next)
        next += report.rows + report.rejected.count
        #expect(block.place.row + block.rows == next)
      }
    } catch {
      refusal = "\(error)"
    }
  }

  /// Whether no row is lost.
  func isComplete(for input: [UInt8], _ format: FuzzFormat) -> Bool {
    guard rejected.allSatisfy({ !$0.contains("\n") }) else { return false }
    guard refusal == nil && format.isLineBased else { return true }
    let text = input.starts(with: [0xEF, 0xBB, 0xBF]) ? input.dropFirst(3) : input[...]
    let blanks = Set(format.schema.format == .criteo ? "\r".utf8 : " \t\r".utf8)
    let records = text.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated()
      .filter { !$0.element.allSatisfy(blanks.contains) || isLone($0.element, format) }
    return (lines + rejectedLines).sorted() == records.map { $0.offset + 1 }
  }

  /// Criteo's lines are blank with one carriage return at most.
  private func isLone(_ line: some Collection<UInt8>, _ format: FuzzFormat) -> Bool {
    format.schema.format == .criteo && line.count > 1
  }
}
