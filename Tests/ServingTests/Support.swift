import DeepFMKit
import Foundation
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import Support
import Testing

@testable import Serving

/// A log with every kind of field, and a model trained on it, on disk.
struct TrainedRun {
  static let shared = try! TrainedRun(seed: 1)

  let folder: String
  let columns = ["click", "user", "item", "price", "tags", "hash", "when"]
  let rows: [[String]]

  static let schema = Schema(
    label: "click",
    fields: [
      .categorical("user", minCount: 2), .categorical("item"), .numeric("price"),
      .multivalued("tags"), Schema.Field.categorical("hash").hashed(into: 50),
      .derived("hour", .hour, column: "when"),
    ])

  init(seed: UInt64, model: String = "deepfm-d", rows count: Int = 600) throws {
    var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
    func random(_ bound: Int) -> Int {
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      return Int(state >> 33) % bound
    }
    rows = (0..<count).map { _ in
      let user = random(40)
      let tags = (0..<random(4)).map { _ in "t\(random(9))" }.joined(separator: "|")
      return [
        user * 7 % 11 + random(6) > 9 ? "1" : "0", "anna, \"\(user)\"", "item é\(random(30))",
        random(10) == 0 ? "" : "\(Double(random(1000)) / 8)", tags, "\(random(1_000_000))",
        "2026-11-0\(1 + random(9)) \(10 + random(14)):00:00",
      ]
    }
    folder = FileManager.default.temporaryDirectory.path + "/serving-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    var configuration = TrainingConfiguration(model: model)
    (configuration.epochs, configuration.seed) = (1, seed)
    (configuration.sizes.embeddingSize, configuration.sizes.hidden) = (4, [16, 8])
    let trained = try ClickModel.fit(
      .rows(columns: columns, rows), schema: Self.schema, configuration: configuration,
      device: "cpu")
    try trained.save(to: path)
  }

  var path: String { folder + "/model.deepfm" }

  /// What `deepfm predict` says of some rows.
  func predicted(_ rows: some Sequence<[String]>) throws -> [Float] {
    try ClickModel(contentsOf: path, device: "cpu").predict(.rows(columns: columns, rows))
  }

  /// A service of this run.
  func service(
    _ change: (inout ServerOptions, inout BatchingPolicy) -> Void = { _, _ in }
  ) throws -> Serviced {
    try Serviced(.run(path: path, name: "clicks"), change)
  }
}

/// A service with an event loop, asked without a network between.
struct Serviced {
  let service: InferenceService
  let repository: ModelRepository
  let loop: any EventLoop

  init(
    _ source: ModelSource, device: String = "cpu", items: LogSource? = nil,
    keepsItemTexts: Bool = false,
    observer: (any RequestObserver)? = nil,
    _ change: (inout ServerOptions, inout BatchingPolicy) -> Void = { _, _ in }
  ) throws {
    var loader = ModelLoader(makeBackend: { try Backends.make(device: device) })
    loader.items = items.map { ($0, nil) }
    loader.keepsItemTexts = keepsItemTexts
    var options = ServerOptions()
    change(&options, &loader.batching)
    loader.limits = options.limits
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    repository = ModelRepository(source, loader: loader, logger: logger)
    if let first = repository.scan().first { throw first }
    service = try InferenceService(repository, options, observer: observer, logger: logger)
    loop = MultiThreadedEventLoopGroup.singleton.next()
  }

  /// Answers a request.
  func ask(
    _ uri: String, _ body: [UInt8] = [], method: HTTPMethod = .POST,
    headers: [(String, String)] = []
  ) async -> Answer {
    let head = HTTPRequestHead(
      version: .http1_1, method: method, uri: uri, headers: HTTPHeaders(headers))
    return await withCheckedContinuation { continuation in
      loop.execute {
        do throws(RequestError) {
          let route = try service.route(head)
          service.answer(
            HTTPRequest(
              head: head, route: route, body: ByteBuffer(bytes: body + [0]), arrived: .now()),
            on: loop
          ) { continuation.resume(returning: $0) }
        } catch {
          continuation.resume(returning: Answer(error))
        }
      }
    }
  }

  func ask(_ uri: String, json: String, headers: [(String, String)] = []) async -> Answer {
    await ask(uri, Array(json.utf8), headers: headers)
  }
}

extension Answer {
  var text: String { String(buffer: body) }

  var json: [String: Any] {
    (try? JSONSerialization.jsonObject(with: Data(body.readableBytesView))) as? [String: Any] ?? [:]
  }

  /// The numbers of an answer in the row form, read as floats from their text.
  var predictions: [Float] {
    numbers(after: "\"predictions\":[")
  }

  /// Those of a tensor in JSON.
  var data: [Float] { numbers(after: "\"data\":[") }

  private func numbers(after key: String) -> [Float] {
    guard let start = text.range(of: key)?.upperBound else { return [] }
    return text[start...].prefix { $0 != "]" }.split(separator: ",").map { Float($0) ?? .nan }
  }
}

/// A value as JSON.
func json(_ text: String) -> String {
  String(decoding: try! JSONEncoder().encode(text), as: UTF8.self)
}
