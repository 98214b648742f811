import NIOCore
import NIOHTTP1
import NIOPosix
import Support

/// A client of a server on this machine: a few connections, each with one request under way.
final class ScoringClient {
  private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
  private let port: Int
  private var channels: [any Channel] = []

  init(port: Int, connections: Int = 8) throws {
    self.port = port
    for _ in 0..<connections { channels.append(try connect()) }
  }

  private func connect() throws -> any Channel {
    try ClientBootstrap(group: group)
      .channelOption(.tcpOption(.tcp_nodelay), value: 1)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          let pipeline = channel.pipeline.syncOperations
          try pipeline.addHTTPClientHandlers()
          try pipeline.addHandler(Exchange())
        }
      }
      .connect(host: "127.0.0.1", port: port).wait()
  }

  /// Posts requests, several at the same time, and waits for all answers.
  ///
  /// - Parameters:
  ///   - body: of a request by its number; called by another thread.
  ///   - answer: takes an answer of status 200, whenever it comes; never by two threads at once.
  /// - Throws: `UserError` for another status or a broken connection; what `answer` throws.
  func ask(
    _ path: String, count: Int, body: @escaping (Int) throws -> String,
    answer: @escaping (Int, String) throws -> Void
  ) throws {
    guard count > 0 else { return }
    // The server has closed those that were idle while models were trained.
    for index in channels.indices where !channels[index].isActive {
      channels[index] = try connect()
    }
    let loop = channels[0].eventLoop
    let done = loop.makePromise(of: Void.self)
    let work = Work(path, count, body, answer, done)
    for channel in channels {
      channel.eventLoop.execute { [work] in
        try! channel.pipeline.syncOperations.handler(type: Exchange.self).start(work, channel)
      }
    }
    try done.futureResult.wait()
  }

  func close() throws {
    for channel in channels { try? channel.close().wait() }
    try group.syncShutdownGracefully()
  }
}

/// Requests to be made, on one event loop.
private final class Work: @unchecked Sendable {
  // Sendable: touched by the event loop alone, while the caller waits for its end.
  let path: String
  private let count: Int
  private var next = 0
  private var answered = 0
  private let body: (Int) throws -> String
  private let answer: (Int, String) throws -> Void
  private let done: EventLoopPromise<Void>
  private var isOver = false

  init(
    _ path: String, _ count: Int, _ body: @escaping (Int) throws -> String,
    _ answer: @escaping (Int, String) throws -> Void, _ done: EventLoopPromise<Void>
  ) {
    (self.path, self.count, self.body, self.answer, self.done) = (path, count, body, answer, done)
  }

  /// The number and the body of the next request; nil where there is none.
  func take() -> (Int, String)? {
    guard !isOver, next < count else { return nil }
    defer { next += 1 }
    do { return (next, try body(next)) } catch {
      fail(error)
      return nil
    }
  }

  func finish(_ number: Int, _ text: String) {
    guard !isOver else { return }
    do { try answer(number, text) } catch { return fail(error) }
    answered += 1
    if answered == count {
      isOver = true
      done.succeed()
    }
  }

  func fail(_ error: any Error) {
    guard !isOver else { return }
    isOver = true
    done.fail(error)
  }
}

/// One request after the other over a connection.
private final class Exchange: ChannelInboundHandler, @unchecked Sendable {
  // Sendable: touched by its channel's event loop alone.
  typealias InboundIn = HTTPClientResponsePart
  typealias OutboundOut = HTTPClientRequestPart

  private var work: Work?
  private var number = 0
  private var status = HTTPResponseStatus.ok
  private var answer = ByteBuffer()

  func start(_ work: Work, _ channel: any Channel) {
    self.work = work
    send(channel)
  }

  private func send(_ channel: any Channel) {
    guard let work, let (number, body) = work.take() else { return }
    self.number = number
    let buffer = ByteBuffer(string: body)
    var head = HTTPRequestHead(version: .http1_1, method: .POST, uri: work.path)
    head.headers.add(name: "Host", value: "127.0.0.1")
    head.headers.add(name: "Content-Length", value: "\(buffer.readableBytes)")
    channel.write(HTTPClientRequestPart.head(head), promise: nil)
    channel.write(HTTPClientRequestPart.body(.byteBuffer(buffer)), promise: nil)
    channel.writeAndFlush(HTTPClientRequestPart.end(nil), promise: nil)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head):
      status = head.status
      answer.clear()
    case .body(var part): answer.writeBuffer(&part)
    case .end:
      let text = String(buffer: answer)
      if status == .ok {
        work?.finish(number, text)
      } else {
        work?.fail(
          UserError(
            work?.path ?? "server", found: "status \(status.code): \(text.prefix(300))",
            expected: "an answer", remedy: "see what the server says"))
      }
      send(context.channel)
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    work?.fail(error)
    context.close(promise: nil)
  }

  func channelInactive(context: ChannelHandlerContext) {
    work?.fail(
      UserError(
        work?.path ?? "server", found: "a closed connection", expected: "an answer",
        remedy: "see what the server says"))
  }
}
