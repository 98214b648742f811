import CBzip2
import CLZMA
import CZlib
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
      let whole = Reading([.bytes(input)], format.schema, blockSize: 1 << 20)
      let cut = Reading([.bytes(input)], format.schema, blockSize: 1 + seed % 97)
      #expect(whole == cut, "\(format.name), seed \(seed)")
      #expect(whole.isComplete(for: input, format), "\(format.name), seed \(seed)")
      (rejected, delivered) = (rejected + whole.rejected.count, delivered + whole.lines.count)
      refused += whole.refusal == nil ? 0 : 1
      if seed % 7 == 0 { Self.infer(from: input, "\(format.name), seed \(seed)") }
      if seed % 211 == 0 { try Self.readElsewhere(input, format.schema, whole) }
    }
    // The changes hit and miss.
    #expect(rejected > Self.seeds / 40 && delivered > Self.seeds / 40)
    #expect(refused < Self.seeds / FuzzFormat.all.count / 2)
  }

  /// What is inferred of a log is a schema that reads it, or refuses it in words.
  private static func infer(from input: [UInt8], _ name: String) {
    guard let draft = try? SchemaDraft(of: .bytes(input, name: "log"), rows: 50) else { return }
    #expect((try? Schema(yaml: draft.yaml())) == draft.schema, "\(name)")
    _ = Reading([.bytes(input)], draft.schema, blockSize: 64)
  }

  /// A file, and a named pipe in several passes, say what the bytes in memory say.
  private static func readElsewhere(_ input: [UInt8], _ schema: Schema, _ whole: Reading) throws {
    let folder = FileManager.default.temporaryDirectory.appending(
      path: "deepfm-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    for isPipe in [false, true] {
      let path = folder.appending(path: "log.csv").path
      unlink(path)
      if isPipe {
        mkfifo(path, 0o600)
        Thread.detachNewThread {
          try? FileHandle(forWritingTo: URL(filePath: path)).write(contentsOf: input)
        }
      } else {
        try Data(input).write(to: URL(filePath: path))
      }
      for _ in 0..<(isPipe ? 2 : 1) {
        let found = Reading([.file(path)], schema, blockSize: 50)
        #expect(found.replacing(path, with: "log.csv") == whole)
      }
    }
  }

  /// A packed log gives its bytes or an error, never other bytes; but zstd's frames have no checksum here.
  @Test(arguments: Packing.allCases) func `what is packed is read or refused`(_ packing: Packing)
    throws
  {
    let text = Array(FuzzFormat.all[0].text.utf8)
    let packed = packing.pack(text)
    #expect(try LogSource.bytes(packed).contents() == text)
    var refused = 0
    for seed in 0..<Self.seeds / Packing.allCases.count {
      let input = FuzzFormat.mutated(packed, seed: UInt64(seed), packing.rawValue)
      do {
        let found = try LogSource.bytes(input).contents()
        // Bytes that no longer look packed are a log as they are.
        let isWhole = [text, text + text, []].contains(found) || found == input
        #expect(isWhole || packing == .zstd, "\(packing), seed \(seed)")
      } catch {
        refused += 1
      }
    }
    #expect(refused > Self.seeds / Packing.allCases.count / 3)
  }
}

/// How a log may be packed.
enum Packing: String, CaseIterable {
  case gzip, zstd, bzip2, xz, zip

  func pack(_ bytes: [UInt8]) -> [UInt8] {
    switch self {
    case .gzip: return FeaturesTests.gzip(bytes)
    case .zstd: return bytes.withUnsafeBytes { Compression.zstd.pack($0) }
    case .bzip2:
      return packed(bytes) { target, size in
        var written = UInt32(size)
        var source = bytes.map { CChar(bitPattern: $0) }
        target.withMemoryRebound(to: CChar.self, capacity: size) {
          _ = BZ2_bzBuffToBuffCompress($0, &written, &source, UInt32(bytes.count), 9, 0, 0)
        }
        return Int(written)
      }
    case .xz:
      return packed(bytes) { target, size in
        var written = 0
        _ = lzma_easy_buffer_encode(
          6, LZMA_CHECK_CRC64, nil, bytes, bytes.count, target, &written, size)
        return written
      }
    case .zip:
      // As it is stored: a name of one byte, its checksum, its size twice, and an empty directory.
      func number(_ value: UInt) -> [UInt8] { (0..<4).map { UInt8(value >> (8 * $0) & 0xFF) } }
      let size = number(UInt(bytes.count))
      return [0x50, 0x4B, 3, 4, 20, 0, 0, 0, 0, 0, 0, 0, 0, 0]
        + number(UInt(crc32_z(0, bytes, bytes.count))) + size + size + [1, 0, 0, 0, 0x61] + bytes
        + [0x50, 0x4B, 5, 6] + [UInt8](repeating: 0, count: 18)
    }
  }

  private func packed(
    _ bytes: [UInt8], _ body: (UnsafeMutablePointer<UInt8>, Int) -> Int
  ) -> [UInt8] {
    let size = bytes.count + 1_000
    return [UInt8](unsafeUninitializedCapacity: size) { $1 = body($0.baseAddress!, size) }
  }
}

/// A format with a small log of it.
struct FuzzFormat: Sendable, CustomTestStringConvertible {
  var name: String
  var schema: Schema
  var text: String
  /// Whether a record is a line, whatever stands in it.
  var isLineBased = true
  var isDelimited: Bool { !schema.format!.hasPairs && schema.format != .jsonl }
  /// How the text becomes bytes.
  var encoding = String.Encoding.utf8

  var testDescription: String { name }

  static let all: [FuzzFormat] = {
    let fields: [Schema.Field] = [.categorical("u"), .multivalued("t"), .numeric("n")]
    func lines(_ line: String, _ count: Int = 4) -> String {
      String(repeating: line + "\n", count: count)
    }
    let listed: [Schema.Field] = [
      .categorical("u"), .multivalued("t", brackets: true), .numeric("n"),
    ]
    var marked = Schema(format: .csv, label: "label", fields: listed)
    (marked.delimiter, marked.decimal, marked.thousands) = (";", ",", ".")
    var raw = Schema(format: .tsv, label: "label", fields: listed)
    (raw.quotes, raw.columns) = (false, ["label", "u", "t", "n"])
    let queries = Schema(
      format: .libsvm, group: "qid",
      fields: [
        .ids("a", IDRange(0, 9)), .ids("b", IDRange(10, 99), kind: .multivalued, weighted: true),
      ])
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
      // Dialects.
      FuzzFormat(
        name: "semicolons",
        schema: marked,
        text: "label;u;t;n\n" + lines("1;\"a;b\";\"['x', 'y z']\";-1.234,5\n0;é;[1,2];7", 2),
        isLineBased: false),
      FuzzFormat(
        name: "raw tsv",
        schema: raw, text: lines("1\t\"a\t{x,y}\t1.5\r\n0\tb\"\t()\t", 2)),
      FuzzFormat(
        name: "svmlight",
        schema: queries, text: "# made\n" + lines("1 qid:3 1:1 12:0.5 # x\n-1 qid:4 2:1")),
      FuzzFormat(
        name: "UTF-16",
        schema: Schema(format: .csv, label: "label", fields: fields),
        text: "\u{FEFF}label,u,t,n\n" + lines("1,𝄞é,a|b,3.5\r\n0,x,,", 2), isLineBased: false,
        encoding: .utf16LittleEndian),
    ]
  }()

  private static let junk: [[UInt8]] =
    "\n\r\",\t:|-.e0 \0{}[]\\#;'q".utf8.map { [$0] }
    + [[0xFF], [0xC3], [0xC3, 0xA9], [0xEF, 0xBB, 0xBF], Array("\"\"".utf8), Array("\r\n".utf8)]

  /// The log with some bytes changed, added, taken away or doubled.
  func mutated(seed: UInt64) -> [UInt8] {
    Self.mutated(Array(text.data(using: encoding)!), seed: seed, name)
  }

  static func mutated(_ bytes: [UInt8], seed: UInt64, _ purpose: String) -> [UInt8] {
    var stream = RandomStream(seed: seed, purpose: purpose)
    var bytes = bytes
    for _ in 0...stream.below(4) {
      guard !bytes.isEmpty else { break }
      let place = stream.below(bytes.count)
      let junk = junk[stream.below(junk.count)]
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

  init(_ sources: [LogSource], _ schema: Schema, blockSize: Int) {
    do {
      var reader = RowReader(
        sources, schema: schema, labels: .required, blockSize: blockSize)
      var next = 0
      while let block = try reader.next() {
        var recorder = RowRecorder()
        let report = try recorder.read(block)
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

  /// The same with another name of the log in what was refused.
  func replacing(_ name: String, with other: String) -> Reading {
    var reading = self
    reading.rejected = rejected.map { $0.replacingOccurrences(of: name, with: other) }
    reading.refusal = refusal?.replacingOccurrences(of: name, with: other)
    return reading
  }

  /// Whether no row is lost.
  func isComplete(for input: [UInt8], _ format: FuzzFormat) -> Bool {
    guard rejected.allSatisfy({ !$0.contains("\n") }) else { return false }
    guard refusal == nil && format.isLineBased else { return true }
    let text = input.starts(with: [0xEF, 0xBB, 0xBF]) ? input.dropFirst(3) : input[...]
    let blanks = Set(format.isDelimited ? "\r".utf8 : " \t\r".utf8)
    let hasComments = format.schema.format!.hasPairs
    let records = text.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated()
      .filter { !$0.element.allSatisfy(blanks.contains) || isLone($0.element, format) }
      .filter { !hasComments || $0.element.first { !blanks.contains($0) } != UInt8(ascii: "#") }
    return (lines + rejectedLines).sorted() == records.map { $0.offset + 1 }
  }

  /// Lines of cells are blank with one carriage return at most.
  private func isLone(_ line: some Collection<UInt8>, _ format: FuzzFormat) -> Bool {
    format.isDelimited && line.count > 1
  }
}
