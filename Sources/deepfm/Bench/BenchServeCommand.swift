import ArgumentParser
import DeepFMKit
import Foundation
import Logs
import NIOCore
import Reports
import Serving
import Support

struct BenchServeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve",
    abstract: "Measures a server: its capacity, and how long requests take at shares of it.",
    discussion: """
      Rows of a log are sent to a server of 'deepfm serve', or bodies of files to any other:

        deepfm serve runs/first
        deepfm bench serve 127.0.0.1:8080 --log log.csv --items 100
        deepfm bench serve 127.0.0.1:9000 --bodies page-1.json page-2.json --path /predict

      Requests are due by a schedule that does not wait for answers, and their times count from then: a server that \
      stalls is charged for all that should have been asked meanwhile. "sent" counts from when a request was really \
      sent, without what it waited for a connection to be free: where the two differ, --connections are too few, or \
      this client is too slow. First one connection asks for request after \
      request (idle); then the highest rate is searched that is answered as fast as it comes, unless --rates says what \
      to ask. Run the server on other cores, as by taskset.
      """)

  @Argument(help: ArgumentHelp("The server, as 127.0.0.1:8080.", valueName: "address"))
  var address: String

  @Option(
    help: ArgumentHelp("The log whose rows are sent.", valueName: "file"), completion: .file())
  var log: String?

  @Option(help: "The model; the first one that the server has if not given.")
  var model: String?

  @Option(help: "The rows of a request.")
  var items = 100

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp("Columns with one value for all rows of a request.", valueName: "column"))
  var shared: [String] = []

  @Option(help: "How rows are written: rows, json or binary.")
  var form = LoadRequests.Form.binary

  @Option(help: "How many requests are made of the log, and sent again and again.")
  var requests = 50

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp("Bodies to send as they are, in place of a log's rows.", valueName: "file"),
    completion: .file())
  var bodies: [String] = []

  @Option(help: "Where bodies are sent to.")
  var path = "/"

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "Shares of the capacity to ask at; above 1 is an overload.", valueName: "share"))
  var shares = [0.5, 0.8]

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp("Requests a second to ask at, in place of shares.", valueName: "rate"))
  var rates: [Double] = []

  @Option(help: "How long each rate is asked at.")
  var seconds = 10.0

  @Option(help: "How long each trial of the search is.")
  var trial = 4.0

  @Option(help: "Connections at the same time.")
  var connections = 64

  @Flag(help: "Let requests be due at equal distances, not as those of many users are (Poisson).")
  var even = false

  @Option(
    help: ArgumentHelp("A file whose first line is the token to bring.", valueName: "file"),
    completion: .file())
  var tokenFile: String?

  @Flag(help: "Print a line of JSON for each load instead of a table.")
  var json = false

  func validate() throws {
    guard (log == nil) != bodies.isEmpty else { throw ValidationError("name a --log, or --bodies") }
    guard items >= 1, requests >= 1, seconds > 0, trial > 0, 1...10_000 ~= connections,
      (shares + rates).allSatisfy({ $0 > 0 && $0 < 1e7 })
    else { throw ValidationError("--items, --requests, --seconds and the like are above 0") }
  }

  func run() throws {
    let (host, port) = try place()
    let token = try tokenFile.map {
      try String(contentsOfFile: $0, encoding: .utf8).split(separator: "\n").first.map(String.init)
        ?? ""
    }
    let outcome = Outcome()
    try waitFor { [self] in
      let load = try LoadGenerator(host: host, port: port)
      load.take(try await made(by: load, "\(host):\(port)", token))
      try await measure(load, outcome)
      try await load.close()
    }
    if !json { print(outcome.table) }
    for (how, count) in outcome.failures.sorted(by: { $0.key < $1.key }) {
      Console().say("failed: \(count) \(how)")
    }
    guard outcome.failed == 0 else { throw ExitCode.failure }
  }

  private func place() throws -> (String, Int) {
    let text = address.replacing("http://", with: "").split(separator: "/").first ?? ""
    guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
      1...65_535 ~= port, colon > text.startIndex
    else {
      throw ValidationError("the address is as 127.0.0.1:8080, without TLS, and not \(address)")
    }
    return (String(text[..<colon]), port)
  }

  // MARK: Measuring

  /// What was found, as it is printed in the end.
  private final class Outcome: @unchecked Sendable {
    // Sendable: one task writes to it.
    var table = TextTable(
      "load", "offered/s", "answered/s", "rows/s", "p50 ms", "p90 ms", "p99 ms", "p99.9 ms",
      "most ms", "sent p50 ms", "sent p99 ms", "refused", "failed", "different")
    var failed = 0
    var failures: [String: Int] = [:]
  }

  /// A load as a line of JSON.
  private struct Line: Encodable {
    let load: String
    let items: Int
    let result: LoadResult
  }

  private func measure(_ load: LoadGenerator, _ outcome: Outcome) async throws {
    let console = Console()
    func show(_ name: String, _ result: LoadResult) throws {
      // Other servers may give each answer a name of its own.
      outcome.failed += result.failed + (log == nil ? 0 : result.different)
      outcome.failures.merge(result.failures, uniquingKeysWith: +)
      if json { return try JSONLine.print(Line(load: name, items: items, result: result)) }
      let times = result.latency
      outcome.table.add(
        name, result.offered.map { fixed($0, 1) } ?? "–", fixed(result.throughput, 1),
        log == nil ? "–" : rate(result.throughput * Double(items)), fixed(times.median, 2),
        fixed(times.p90, 2), fixed(times.p99, 2), fixed(times.p999, 2), fixed(times.most, 2),
        fixed(result.sinceSent.median, 2), fixed(result.sinceSent.p99, 2),
        "\(result.refused)", "\(result.failed)", "\(result.different)")
    }
    console.progress("idle …")
    try show(
      "idle", await load.ask(rate: nil, connections: 1, seconds: min(seconds, trial)))
    var wanted = rates.map { ("\(fixed($0, 1))/s", $0) }
    if rates.isEmpty {
      let capacity = try await load.capacity(connections: connections, seconds: trial) {
        console.progress("capacity: \(fixed($0.throughput, 1)) answers a second …")
      }
      wanted = shares.map { ("\(fixed(100 * $0, 0)) %", $0 * capacity) }
      if json {
        print("{\"load\":\"capacity\",\"rate\":\(fixed(capacity, 2))}")
      } else {
        print("capacity: \(fixed(capacity, 1)) requests/s")
      }
    }
    for (name, rate) in wanted {
      console.progress("\(name): \(fixed(rate, 1)) requests a second …")
      try show(
        name,
        await load.ask(rate: rate, isEven: even, connections: connections, seconds: seconds))
    }
  }

  // MARK: Requests

  private func made(by load: LoadGenerator, _ host: String, _ token: String?) async throws
    -> [ByteBuffer]
  {
    guard let log else {
      let made = LoadRequests(host: host, model: "", token: token)
      return try bodies.map { made.request(path, try LogSource.file($0).contents()) }
    }
    var name = model
    if name == nil { name = try await firstModel(load, host, token) }
    let made = LoadRequests(host: host, model: name!, token: token)
    let answer = try await load.answer(to: made.request("/v2/models/\(name!)"))
    struct Metadata: Decodable {
      struct Tensor: Decodable {
        let name: String
        let datatype: String
      }
      let inputs: [Tensor]
    }
    guard answer.status == 200,
      let metadata = try? JSONDecoder().decode(Metadata.self, from: Data(answer.body))
    else { throw refusal(host, answer, "the inputs of model \(quoted(name!))") }
    let inputs = metadata.inputs.map {
      LoadRequests.Input(name: $0.name, isNumber: $0.datatype != "BYTES")
    }
    let rows = try self.rows(of: log, inputs.map(\.name))
    for name in shared where !inputs.contains(where: { $0.name == name }) {
      throw ValidationError("--shared names no input: \(name)")
    }
    return try (0..<requests).map { request in
      let page = (0..<items).map { rows[(request * items + $0) % rows.count] }
      return try made.request(inputs, page, shared: Set(shared), form)
    }
  }

  private func firstModel(_ load: LoadGenerator, _ host: String, _ token: String?) async throws
    -> String
  {
    struct Entry: Decodable { let name: String }
    let index = LoadRequests(host: host, model: "", token: token)
    let answer = try await load.answer(to: index.request("/v2/repository/index", Array("{}".utf8)))
    guard answer.status == 200,
      let first = try? JSONDecoder().decode([Entry].self, from: Data(answer.body)).first
    else { throw refusal(host, answer, "a list of models") }
    return first.name
  }

  private func refusal(
    _ host: String, _ answer: (status: Int, body: [UInt8]), _ expected: String
  ) -> UserError {
    UserError(
      host,
      found: "\(answer.status) \(String(decoding: answer.body.prefix(200), as: UTF8.self))",
      expected: expected, remedy: "check the address, --model and --token-file")
  }

  /// The values of some columns in the first rows of a log.
  private func rows(of log: String, _ names: [String]) throws -> [[String]] {
    let source = LogSource.file(log)
    var schema = Schema()
    schema.format = try LogFormat.detected(in: source)
    let sample = try LogSample(source, schema: schema, count: requests * items)
    let places = try names.map { name in
      guard let place = sample.names.firstIndex(of: name) else {
        throw UserError(
          log, found: "no column \(quoted(name))", expected: "the model's inputs",
          remedy: "name a log of the model's")
      }
      return place
    }
    guard !sample.rows.isEmpty else { throw UserError.noRows(in: log) }
    return sample.rows.map { row in places.map { row[$0] } }
  }
}

extension LoadRequests.Form: ExpressibleByArgument {}
