import Foundation
import Logging
import NIOCore
import NIOHTTP1
import Support
import Synchronization

/// Answers requests: who may ask, what for, and with which model.
package final class InferenceService: Sendable {
  let repository: ModelRepository
  let options: ServerOptions
  let observer: (any RequestObserver)?
  let logger: Logger
  let metrics = ServerMetrics()
  let connections = Counter()
  /// Where load and unload are done.
  let deployments = DispatchQueue(label: "deployments", attributes: .concurrent)
  private let authorization: Authorization
  private let draining = Atomic<Bool>(false)

  /// - Parameter observer: told of requests that are answered.
  /// - Throws: `UserError` for a file of tokens that cannot be read.
  package init(
    _ repository: ModelRepository, _ options: ServerOptions, observer: (any RequestObserver)? = nil,
    logger: Logger
  ) throws {
    (self.repository, self.options) = (repository, options)
    (self.observer, self.logger) = (observer, logger)
    authorization = try Authorization(options.tokenFile)
  }

  /// Whether the server is about to end: answers close their connections.
  var isDraining: Bool { draining.load(ordering: .relaxed) }

  func drain() { draining.store(true, ordering: .relaxed) }

  /// Reads tokens anew and loads what is new on disk.
  package func reload() {
    do { try authorization.reload() } catch {
      logger.error("tokens not read", metadata: ["reason": "\(error)"])
    }
    repository.scan()
  }

  /// What a request asks for.
  ///
  /// - Throws: ``RequestError`` where it may not, or there is no such thing.
  func route(_ head: HTTPRequestHead) throws(RequestError) -> Route {
    guard let route = Route(head.uri) else {
      guard authorization.allows(head.headers) else { throw Self.unauthorized }
      throw .notFound("there is nothing at \(quoted(head.uri))")
    }
    guard route.isOpen || authorization.allows(head.headers) else { throw Self.unauthorized }
    guard head.method == route.method || route.method == .GET && head.method == .HEAD else {
      var error = RequestError(
        .methodNotAllowed, .malformed,
        "found \(head.method.rawValue), expected \(route.method.rawValue)")
      error.allowed = route.method == .GET ? "GET, HEAD" : route.method.rawValue
      throw error
    }
    return route
  }

  private static let unauthorized = RequestError(
    .unauthorized, .unauthorized, "found no token that is known, expected Authorization: Bearer …")

  /// Counts a request that is refused before it reaches a model.
  func refused(_ error: RequestError) { metrics.refused(error.reason) }

  /// Answers a request.
  ///
  /// - Parameter done: called once, on the event loop.
  func answer(
    _ request: HTTPRequest, on loop: any EventLoop, done: @escaping @Sendable (Answer) -> Void
  ) {
    do {
      switch request.route {
      case .infer(let name, let version):
        let length = try Self.headerLength(request.head.headers)
        try infer(
          name, version, RequestBody(request.body, .tensors(header: length)), request, loop, done)
      case .predict(let name, let version):
        try infer(name, version, RequestBody(request.body, .rows), request, loop, done)
      case .feedback: done(try feedback(RequestBody(request.body, .rows)))
      case .load(let name): deploy(loop, done) { try self.load(name, request.body) }
      case .unload(let name): deploy(loop, done) { try self.repository.unload(name) }
      case .rollBack(let name): deploy(loop, done) { try self.repository.rollBack(name) }
      default: done(try describe(request.route))
      }
    } catch {
      let error = RequestError(error)
      refused(error)
      done(Answer(error))
    }
  }

  private static func headerLength(_ headers: HTTPHeaders) throws -> Int? {
    guard let text = headers.first(name: "inference-header-content-length") else { return nil }
    guard let length = Int(text), length > 0 else {
      throw RequestError.malformed(
        "Inference-Header-Content-Length", found: quoted(text),
        expected: "the length of the JSON in bytes")
    }
    return length
  }

  /// Does something that takes a while elsewhere.
  private func deploy(
    _ loop: any EventLoop, _ done: @escaping @Sendable (Answer) -> Void,
    _ work: @escaping @Sendable () throws -> Void
  ) {
    deployments.async {
      let answer: Answer
      do {
        try work()
        answer = Answer("{}")
      } catch {
        let error = RequestError(error)
        self.refused(error)
        answer = Answer(error)
      }
      loop.execute { done(answer) }
    }
  }

  /// What may stand in the body of a load.
  private struct LoadBody: Decodable {
    struct Parameters: Decodable {
      var version: String?
      var canary: Double?
      var shadow: Bool?
    }
    var parameters: Parameters?
  }

  private func load(_ name: String, _ body: ByteBuffer) throws {
    var parameters = LoadBody.Parameters()
    let text = body.readableBytesView.dropLast()
    if !text.isEmpty {
      do {
        let read = try JSONDecoder().decode(LoadBody.self, from: Data(text))
        parameters = read.parameters ?? parameters
      } catch {
        throw RequestError.malformed(
          "body", found: "something else",
          expected: #"{"parameters": {"version": "3", "canary": 0.05}}, or nothing"#)
      }
    }
    let role: ModelRepository.Role
    if let share = parameters.canary {
      guard (0...1).contains(share) else {
        throw RequestError.malformed(
          "parameters", found: "canary \(share)", expected: "a share from 0 to 1")
      }
      role = .canary(share)
    } else {
      role = parameters.shadow ?? false ? .shadow : .stable
    }
    try repository.load(name, version: parameters.version, as: role)
  }
}

/// A number that threads count together.
final class Counter: Sendable {
  private let count = Atomic<Int>(0)

  var value: Int { count.load(ordering: .relaxed) }

  func add(_ more: Int) { count.wrappingAdd(more, ordering: .relaxed) }
}
