import Foundation
import NIOCore
import Testing

@testable import Serving

@Suite struct `What cannot be read is refused, with what is wrong` {
  let serviced = try! TrainedRun.shared.service { options, _ in options.limits.rows = 50 }

  @Test(arguments: [
    ("", "body, byte 1: found its end, expected an object {…}"),
    (#"{"instances":[{"user":"#, "body, byte 23: found its end, expected a value"),
    (#"{"instances":[{"usr":1}]}"#, #"did you mean "user"?"#),
    (#"{"instances":[{"user":["a"]}]}"#, #"input "user": found a list, expected one value"#),
    (
      #"{"instances":[{"price":"x"}]}"#,
      #"input "price", row 0: found "x" in column "price", expected a number"#
    ),
    (#"{"instances":[{"when":"x"}]}"#, "expected a time as iso"),
    (#"{"instances":[{"user":1,"user":2}]}"#, #"input "user" twice"#),
    (#"{"shared":{"user":1},"instances":[{"user":2}]}"#, #"input "user" twice"#),
    (#"{"instances":[{"user":{}}]}"#, "expected a string, a number, true, false or null"),
    (#"{"instances":[{"user":"\u0000"}]}"#, "other than of NUL"),
    (#"{"instances":[]}"#, "found no row"),
    (#"{"instances":[{}],"instances":[{}]}"#, "instances twice"),
    (#"{"instances":[{}]} x"#, #"found "x", expected the end of the body"#),
    ("{\"instances\":[{\"user\":\"a\nb\"}]}", "expected a closing quote"),
  ]) func `in the row form`(_ body: String, _ expected: String) async {
    let answer = await serviced.ask("/v1/models/clicks:predict", json: body)
    #expect(answer.status == .badRequest)
    #expect((answer.json["error"] as? String ?? "").contains(expected), "\(answer.text)")
  }

  @Test(arguments: [
    (#"{"inputs":[]}"#, #"no input "user" and 5 more missing"#),
    (
      #"{"inputs":[{"name":"x","shape":[1],"datatype":"BYTES","data":["a"]}]}"#,
      #"found an input "x""#
    ),
    (
      #"{"inputs":[{"name":"user","shape":[2],"datatype":"BYTES","data":["a"]}]}"#,
      "found 1 elements"
    ),
    (#"{"inputs":[{"name":"user","shape":[0],"datatype":"BYTES","data":[]}]}"#, "one row at least"),
    (
      #"{"inputs":[{"name":"user","shape":[1],"datatype":"FP8","data":["a"]}]}"#, #"datatype "FP8""#
    ),
    (
      #"{"inputs":[{"name":"user","shape":[1],"datatype":"BYTES","data":[1]}]}"#,
      "a value of datatype BYTES"
    ),
    (
      #"{"inputs":[{"name":"hash","shape":[1],"datatype":"INT32","data":[1.5]}]}"#,
      "a value of datatype INT32"
    ),
    (
      #"{"inputs":[{"name":"user","shape":[1,2],"datatype":"BYTES","data":["a","b"]}]}"#,
      "it is no list"
    ),
    (
      #"{"inputs":[{"name":"tags","shape":[2,2],"datatype":"BYTES","data":[["a"],["b","c"]]}]}"#,
      "found a list of 1"
    ),
    (#"{"inputs":[{"name":"user","shape":[1]}]}"#, "no name, datatype or shape"),
    (#"{"inputs":[{"name":"user","shape":[1],"datatype":"BYTES"}]}"#, "found no data"),
    (
      #"{"inputs":[{"name":"user","shape":[1],"datatype":"BYTES","data":["a"]},{"name":"user","shape":[1],"datatype":"BYTES","data":["a"]}]}"#,
      "twice"
    ),
    (#"{"inputs":[],"outputs":[{"name":"logit"}]}"#, #"an output "logit""#),
    (
      #"{"inputs":[{"name":"user","shape":[1],"datatype":"BYTES","parameters":{"binary_data_size":9}}]}"#,
      "the 9 that binary_data_size says"
    ),
    (#"{"inputs":[{"name":"ids","shape":[1,2],"datatype":"INT32","data":[1,2]}]}"#, "one a slot"),
  ]) func `in the protocol's form`(_ body: String, _ expected: String) async {
    let answer = await serviced.ask("/v2/models/clicks/infer", json: body)
    #expect(answer.status == .badRequest)
    #expect((answer.json["error"] as? String ?? "").contains(expected), "\(answer.text)")
  }

  @Test func `a claim beyond the limits is too large, whatever is behind it`() async {
    for shape in ["[51]", "[1000000000000]", "[9223372036854775807]"] {
      let answer = await serviced.ask(
        "/v2/models/clicks/infer",
        json:
          #"{"inputs":[{"name":"user","shape":\#(shape),"datatype":"BYTES","parameters":{"binary_data_size":4}}]}"#
      )
      #expect(answer.status == .payloadTooLarge || answer.status == .badRequest, "\(answer.text)")
    }
    let rows = [String](repeating: "{}", count: 51).joined(separator: ",")
    let answer = await serviced.ask(
      "/v1/models/clicks:predict", json: #"{"instances":[\#(rows)]}"#)
    #expect(answer.status == .payloadTooLarge)
  }

  @Test(arguments: [
    "/v2/models/nobody/infer", "/v2/models/clicks/versions/9/infer", "/v1/models/x:predict",
    "/v1/models/..%2f..%2fetc:predict",
  ]) func `a model that is not there is not found`(_ uri: String) async {
    #expect(await serviced.ask(uri, json: "{}").status == .notFound)
  }

  @Test func `requests changed at random end in an answer or an error of the client's`()
    async throws
  {
    let count = Int(ProcessInfo.processInfo.environment["DEEPFM_FUZZ"] ?? "") ?? 600
    let rows = Array(TrainedRun.shared.rows[..<3])
    let (binary, headers) = binaryBody(rows)
    let texts = [
      #"{"id":"a","timeout":100000,"shared":{"user":"a","tags":["x","y"]},"instances":[{"item":"b","price":1.5e3},{"hash":7,"when":"2026-11-01 10:00:00"}]}"#,
      #"{"inputs":[{"name":"user","shape":[1],"datatype":"BYTES","data":["a"]},{"name":"item","shape":[2],"datatype":"BYTES","data":["a","b"]},{"name":"price","shape":[2,1],"datatype":"FP64","data":[[1],[2.5]]},{"name":"tags","shape":[2,2],"datatype":"BYTES","data":[["a",""],["b","c"]]},{"name":"hash","shape":[1],"datatype":"INT64","data":[4]},{"name":"when","shape":[1],"datatype":"BYTES","data":["2026-11-01 10:00:00"]}],"outputs":[{"name":"probability"}]}"#,
    ]
    var random = SystemRandomNumberGenerator()
    for round in 0..<count {
      var body = round % 3 == 2 ? binary : Array(texts[round % 3].utf8)
      Mutation.mutate(&body, &random)
      let uri = round % 3 == 0 ? "/v1/models/clicks:predict" : "/v2/models/clicks/infer"
      var sent = round % 3 == 2 ? headers : []
      if round % 3 == 2, Int.random(in: 0..<8) == 0 {
        sent = [("Inference-Header-Content-Length", "\(Int.random(in: -5...body.count + 5))")]
      }
      let answer = await serviced.ask(uri, body, headers: sent)
      // The first text's timeout may have become one that is over.
      let isLate = round % 3 == 0 && answer.status == .gatewayTimeout
      guard answer.status == .ok || isLate || 400..<500 ~= answer.status.code else {
        Issue.record("\(answer.status) for \(Data(body).base64EncodedString()): \(answer.text)")
        continue
      }
    }
  }
}

/// Changes of a request, some of which know what it is made of.
enum Mutation {
  private static let words = [
    "[", "]", "{", "}", ",", ":", "\"", "\\", "null", "true", "-1", "0", "1e999", "1e-999",
    "99999999999999999999", "[[[[[[[[[[", "\\u0000", "\\ud800", "\u{FEFF}",
    "\"shape\":[4294967296]",
    "\"binary_data_size\":18446744073709551615", "\"data\":[]", "\"user\":", "{\"a\":{\"b\":", "\0",
  ]

  static func mutate(_ body: inout [UInt8], _ random: inout some RandomNumberGenerator) {
    for _ in 0..<Int.random(in: 1...4, using: &random) {
      let place = Int.random(in: 0...body.count, using: &random)
      switch Int.random(in: 0..<6, using: &random) {
      case 0 where place < body.count: body[place] = UInt8.random(in: 0...255, using: &random)
      case 1: body.insert(contentsOf: words.randomElement(using: &random)!.utf8, at: place)
      case 2:
        body.removeSubrange(place..<min(place + Int.random(in: 1...8, using: &random), body.count))
      case 3: body.removeSubrange(place...)
      case 4 where place < body.count:
        body[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
      default:
        let end = min(place + Int.random(in: 1...40, using: &random), body.count)
        body.insert(
          contentsOf: body[place..<end], at: Int.random(in: 0...body.count, using: &random))
      }
    }
  }
}
