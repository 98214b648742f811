import DeepFMKit
import Foundation
import NIOCore
import Testing

@testable import Serving

@Suite struct `An answer is what predict says` {
  let run = TrainedRun.shared

  /// Rows in the row form; tags as a list.
  private func rowForm(_ rows: ArraySlice<[String]>) -> String {
    let instances = rows.map { row in
      let tags = row[4].split(separator: "|").map { json(String($0)) }.joined(separator: ",")
      return
        #"{"user":\#(json(row[1])),"item":\#(json(row[2])),"price":\#(row[3].isEmpty ? "null" : row[3]),"#
        + #""tags":[\#(tags)],"hash":\#(row[5]),"when":\#(json(row[6]))}"#
    }
    return #"{"instances":[\#(instances.joined(separator: ","))]}"#
  }

  @Test func `whatever the batches that requests are gathered into`() async throws {
    let serviced = try run.service { $1.maxBatch = 64 }
    let expected = try run.predicted(run.rows)
    var parts: [Range<Int>] = []
    for size in [1, 2, 3, 17, 64, 65, 100, 1, 150] {
      let first = parts.last?.upperBound ?? 0
      parts.append(first..<min(first + size, run.rows.count))
    }
    for _ in 0..<3 {
      await withTaskGroup(of: (Range<Int>, [Float]).self) { group in
        for part in parts {
          let body = rowForm(run.rows[part])
          group.addTask {
            (part, await serviced.ask("/v1/models/clicks:predict", json: body).predictions)
          }
        }
        for await (part, found) in group {
          #expect(found.map(\.bitPattern) == expected[part].map(\.bitPattern))
        }
      }
    }
  }

  @Test(arguments: ["lr", "fm", "fnn", "pnn", "lr-dnn", "deepfm-p"])
  func `for every kind of model`(_ model: String) async throws {
    let run = try TrainedRun(seed: 2, model: model, rows: 200)
    let serviced = try run.service { $1.maxBatch = 32 }
    let expected = try run.predicted(run.rows)
    for part in [0..<1, 1..<8, 8..<100] {
      let found = await serviced.ask(
        "/v1/models/clicks:predict", json: rowForm(run.rows[part]))
      #expect(found.predictions.map(\.bitPattern) == expected[part].map(\.bitPattern))
    }
  }

  @Test func `for tensors in JSON, flat, nested, and one value for all rows`() async throws {
    let serviced = try run.service()
    let rows = run.rows.prefix(5).map { row in
      var row = row
      (row[1], row[6]) = (run.rows[0][1], run.rows[0][6])
      return row
    }
    let expected = try run.predicted(rows)
    func tensor(_ name: String, _ type: String, _ shape: String, _ data: String) -> String {
      #"{"name":"\#(name)","shape":[\#(shape)],"datatype":"\#(type)","data":[\#(data)]}"#
    }
    let prices = rows.map { $0[3].isEmpty ? "null" : $0[3] }.joined(separator: ",")
    let tags = rows.map { row in
      let tags = row[4].split(separator: "|").map(String.init)
      return "[" + (0..<3).map { json($0 < tags.count ? tags[$0] : "") }.joined(separator: ",")
        + "]"
    }.joined(separator: ",")
    let inputs = [
      tensor("user", "BYTES", "1", json(rows[0][1])),
      tensor("when", "BYTES", "1, 1", "[" + json(rows[0][6]) + "]"),
      tensor("item", "BYTES", "5", rows.map { json($0[2]) }.joined(separator: ",")),
      tensor("price", "FP64", "5, 1", prices),
      tensor("tags", "BYTES", "5, 3", tags),
      tensor("hash", "INT64", "5", rows.map { $0[5] }.joined(separator: ",")),
    ]
    let answer = await serviced.ask(
      "/v2/models/clicks/infer",
      json: #"{"id":"r\u00e9","inputs":[\#(inputs.joined(separator: ","))]}"#)
    #expect(answer.data.map(\.bitPattern) == expected.map(\.bitPattern), "\(answer.text)")
    #expect(answer.json["id"] as? String == "ré")
  }

  @Test func `for tensors however their elements are written`() async throws {
    let serviced = try run.service()
    func tensor(_ name: String, _ type: String, _ data: [String], _ comma: String) -> String {
      #"{"name":"\#(name)","shape":[\#(data.count)],"datatype":"\#(type)","data":[\#(data.joined(separator: comma))]}"#
    }
    func body(_ prices: [String], _ items: [String], _ comma: String) -> String {
      let same = { (text: String) in [String](repeating: text, count: prices.count) }
      let inputs = [
        tensor("user", "BYTES", same(#""u1""#), comma),
        tensor("when", "BYTES", same(#""""#), comma),
        tensor("item", "BYTES", items, comma), tensor("price", "FP64", prices, comma),
        tensor("tags", "BYTES", same(#""red""#), comma), tensor("hash", "INT64", same("7"), comma),
      ]
      return #"{"inputs":[\#(inputs.joined(separator: ","))]}"#
    }
    let plain = body(
      ["5", "0.25", "null", "-3.5", "100", "0"],
      [#""i1""#, #""i2""#, #""i3""#, #""é""#, #""""#, #""i1""#], ",")
    let other = body(
      ["5.0", "25e-2", "null", "-3.50", "1E2", "0.00"],
      [#""\u00691""#, #""i2""#, #""i\u0033""#, #""\u00e9""#, #""""#, #""i1""#], " \t\r\n, \n")
    let (one, two) = (
      await serviced.ask("/v2/models/clicks/infer", json: plain),
      await serviced.ask("/v2/models/clicks/infer", json: other)
    )
    #expect(one.data.count == 6, "\(one.text)")
    #expect(one.data.map(\.bitPattern) == two.data.map(\.bitPattern), "\(two.text)")
    for bad in [
      body(["5", "01"], [#""i1""#, #""i2""#], ","), body(["5", "1."], [#""i1""#, #""i2""#], ","),
      body(["5", ".5"], [#""i1""#, #""i2""#], ","), body(["5", "-"], [#""i1""#, #""i2""#], ","),
      body(["5", "nul"], [#""i1""#, #""i2""#], ","), body(["5", "6"], [#""i1""#, #""i2"#], ","),
      body(["5", "6"], [#""i1""#, "7"], ","), body(["5", #""6""#], [#""i1""#, #""i2""#], ","),
      body(["1", "2", "", "3"], [#""a""#, #""a""#, #""a""#, #""a""#], ","),
    ] {
      #expect(
        await serviced.ask("/v2/models/clicks/infer", json: bad).status == .badRequest, "\(bad)")
    }
  }

  @Test func `for binary tensors, with a binary answer`() async throws {
    let serviced = try run.service()
    let rows = Array(run.rows[20..<45])
    let expected = try run.predicted(rows)
    let answer = await serviced.ask(
      "/v2/models/clicks/infer", binaryBody(rows).0, headers: binaryBody(rows).1)
    let header = try #require(
      answer.headers.first { $0.0 == "Inference-Header-Content-Length" }.flatMap { Int($0.1) },
      "\(answer.text)")
    var body = answer.body
    body.moveReaderIndex(forwardBy: header)
    let found = rows.indices.map { _ in
      body.readInteger(endianness: .little, as: UInt32.self) ?? 0
    }
    #expect(found == expected.map(\.bitPattern))
    #expect(body.readableBytes == 0)
  }

  @Test func `for ids in place of values`() async throws {
    let serviced = try run.service()
    let model = try TrainedModel(contentsOf: run.path)
    let rows = Array(run.rows[..<3])
    let encoded = try model.encoder.encode([.rows(columns: run.columns, rows)])
    let width = model.encoder.layout.slots
    func tensor(_ name: String, _ type: String, _ numbers: [some CustomStringConvertible]) -> String
    {
      let data = numbers.map(\.description).joined(separator: ",")
      return #"{"name":"\#(name)","shape":[3,\#(width)],"datatype":"\#(type)","data":[\#(data)]}"#
    }
    let answer = await serviced.ask(
      "/v2/models/clicks/infer",
      json:
        #"{"inputs":[\#(tensor("ids", "INT32", encoded.ids)),\#(tensor("values", "FP32", encoded.values!))]}"#
    )
    #expect(
      answer.data.map(\.bitPattern) == (try run.predicted(rows)).map(\.bitPattern),
      "\(answer.text)")
  }

  @Test func `for items whose columns the server keeps`() async throws {
    // Each item has the price and the tags of its first row.
    var known: [String: [String]] = [:]
    for row in run.rows where known[row[2]] == nil { known[row[2]] = row }
    let items = known.values.sorted { $0[2] < $1[2] }
    let serviced = try Serviced(
      .run(path: run.path, name: "clicks"),
      items: .rows(columns: ["item", "price", "tags"], items.map { [$0[2], $0[3], $0[4]] }))
    let user = run.rows[7]
    let rows =
      items.prefix(9).map { [$0[0], user[1], $0[2], $0[3], $0[4], user[5], user[6]] }
      + [["0", user[1], "no such item", "", "", user[5], user[6]]]
    let shared =
      #"{"user":\#(json(user[1])),"hash":\#(user[5]),"when":\#(json(user[6]))}"#
    let instances = rows.map { #"{"item":\#(json($0[2]))}"# }.joined(separator: ",")
    let answer = await serviced.ask(
      "/v1/models/clicks:predict", json: #"{"shared":\#(shared),"instances":[\#(instances)]}"#)
    #expect(
      answer.predictions.map(\.bitPattern) == (try run.predicted(rows)).map(\.bitPattern),
      "\(answer.text)")
  }
}

/// Rows as binary tensors, with the headers that go with them.
func binaryBody(_ rows: [[String]]) -> ([UInt8], [(String, String)]) {
  var tensors: [String] = []
  var bytes = ByteBuffer()
  func add(_ name: String, _ type: String, _ shape: [Int], _ write: (inout ByteBuffer) -> Void) {
    let before = bytes.writerIndex
    write(&bytes)
    tensors.append(
      #"{"name":"\#(name)","shape":\#(shape),"datatype":"\#(type)","#
        + #""parameters":{"binary_data_size":\#(bytes.writerIndex - before)}}"#)
  }
  func add(_ texts: [String], to bytes: inout ByteBuffer) {
    for text in texts {
      bytes.writeInteger(UInt32(text.utf8.count), endianness: .little)
      bytes.writeString(text)
    }
  }
  add("user", "BYTES", [rows.count, 1]) { add(rows.map { $0[1] }, to: &$0) }
  add("item", "BYTES", [rows.count]) { add(rows.map { $0[2] }, to: &$0) }
  add("price", "FP64", [rows.count]) {
    for row in rows {
      $0.writeInteger((Double(row[3]) ?? .nan).bitPattern, endianness: .little)
    }
  }
  add("tags", "BYTES", [rows.count]) { add(rows.map { $0[4] }, to: &$0) }
  add("hash", "INT32", [rows.count]) {
    for row in rows { $0.writeInteger(Int32(row[5])!, endianness: .little) }
  }
  add("when", "BYTES", [rows.count]) { add(rows.map { $0[6] }, to: &$0) }
  let head =
    #"{"parameters":{"binary_data_output":true},"inputs":[\#(tensors.joined(separator: ","))]}"#
  return (
    Array(head.utf8) + Array(bytes.readableBytesView),
    [("Inference-Header-Content-Length", "\(head.utf8.count)")]
  )
}
