import Foundation
import Logs
import NIOHTTP1
import RequestLogs
import Support
import Testing

@testable import Serving

@Suite struct `What became of rows` {
  private let folder =
    FileManager.default.temporaryDirectory.path + "/feedback-\(UUID().uuidString)"

  @Test func `is logged with the requests, items and all, and joined to rows as they were sent`()
    async throws
  {
    let items = LogSource.text("item,price\nitem é1,7.5\nitem é2,8\n", name: "items.csv")
    let log = try RequestLog(RequestLogOptions(folder: folder)) { _ in }
    let serviced = try Serviced(
      .run(path: TrainedRun.shared.path, name: "clicks"), items: items, keepsItemTexts: true,
      observer: log)
    let answer = await serviced.ask(
      "/v1/models/clicks:predict",
      json: #"{"place":[3,4],"shared":{"user":"u\"1"},"instances":["#
        + #"{"item":"item é1","tags":["a","b"]},{"item":"new","price":9}]}"#,
      headers: [("X-DeepFM-Unit", "u1")])
    let id = try #require(answer.headers.first { $0.0 == "X-Request-ID" }?.1)
    let told = await serviced.ask(
      "/feedback",
      json: #"{"feedback":[{"id":"\#(id)","row":1,"outcome":true},{"id":"x","outcome":0}]}"#)
    #expect(told.text == #"{"taken":2}"#)
    let metrics = await serviced.ask("/metrics", method: .GET).text
    #expect(metrics.contains("deepfm_log_lost_total{reason=\"queue\"} 0"))
    log.close()
    var options = RequestJoin.Options()
    options.until = .max / 2
    let out = folder + "/joined"
    try AtomicFile.write(to: out) {
      _ = try RequestJoin(RequestJoin.logs(named: [folder]), options).write(to: $0)
    }
    let rows = try String(contentsOfFile: out, encoding: .utf8).split(separator: "\n").map {
      try JSONSerialization.jsonObject(with: Data($0.utf8)) as! [String: Any]
    }
    #expect(rows.map { $0["click"] as? Int } == [0, 1])
    #expect(rows.map { $0["item"] as? String } == ["item é1", "new"])
    #expect(rows.map { $0["user"] as? String } == ["u\"1", "u\"1"])
    #expect(rows[0]["tags"] as? [String] == ["a", "b"])
    // Of the item that the server knows; the request's own where it has one.
    #expect(rows.map { $0["price"] as? String }.last == "9")
    let requests = rows.map { $0["request"] as! [String: Any] }
    #expect(requests.map { $0["place"] as? Int } == [3, 4])
    #expect(requests.map { $0["unit"] as? String } == ["u1", "u1"])
  }

  @Test func `is refused where no log is kept`() async throws {
    let serviced = try TrainedRun.shared.service()
    let answer = await serviced.ask("/feedback", json: #"{"id":"r1","outcome":1}"#)
    #expect(answer.status == .conflict && answer.text.contains("--log"))
  }

  @Test(
    arguments: [
      "", "[]", "{}", #"{"id":"r1"}"#, #"{"id":"","outcome":1}"#, #"{"id":"r1","outcome":2}"#,
      #"{"id":"r1","outcome":"1"}"#, #"{"id":"r1","outcome":1,"row":-1}"#,
      #"{"id":"r1","outcome":1,"event":"a b"}"#, #"{"id":"r1","outcome":1,"propensity":0}"#,
      #"{"id":"r1","outcome":1,"place":1e9}"#, #"{"feedback":[{"id":"r1","outcome":1},{}]}"#,
    ])
  func `is refused where it cannot be read`(body: String) async throws {
    let log = try RequestLog(RequestLogOptions(folder: folder)) { _ in }
    defer { log.close() }
    let serviced = try Serviced(
      .run(path: TrainedRun.shared.path, name: "clicks"), observer: log)
    let answer = await serviced.ask("/feedback", json: body)
    #expect(answer.status == .badRequest, "\(body): \(answer.text)")
    #expect(log.current.feedback == 0 && log.current.waiting == 0)
  }
}
