import NIOCore
import NIOHTTP1
import NIOHTTPCompression

/// A request that has come whole.
struct HTTPRequest: Sendable {
  let head: HTTPRequestHead
  let route: Route
  /// The body, and NUL behind it, as those who read it want it.
  let body: ByteBuffer
  /// When its last byte came.
  let arrived: NIODeadline
}

/// Asks for the body of a request that waits to be asked. It stands before whatever packs answers, which would
/// take this for one.
final class ContinueHandler: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    if case .head(let head) = unwrapInboundIn(data),
      head.headers.first(name: "expect")?.lowercased() == "100-continue"
    {
      context.writeAndFlush(
        wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: .continue))),
        promise: nil)
    }
    context.fireChannelRead(data)
  }
}

/// Collects the requests of a connection, one after the other, and writes their answers.
final class RequestHandler: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  private enum State {
    case idle
    case body(HTTPRequestHead, Route)
    /// A request that is refused once it is over.
    case refused(HTTPRequestHead, RequestError, closes: Bool)
    case answering
    /// Answered before the request was over: the rest is read and forgotten for a while, since a client whose
    /// bytes are refused may never read the answer.
    case lingering
    case closed
  }

  private let service: InferenceService
  private let options: ServerOptions
  private var state = State.idle
  /// What has come of a request's body.
  private var body = ByteBuffer()
  private let timer: ConnectionTimer

  init(_ service: InferenceService, _ options: ServerOptions) {
    (self.service, self.options) = (service, options)
    timer = ConnectionTimer(step: options.arrival)
  }

  func channelActive(context: ChannelHandlerContext) {
    service.connections.add(1)
    timer.start(options.arrival, context.channel)
    context.fireChannelActive()
  }

  func channelInactive(context: ChannelHandlerContext) {
    service.connections.add(-1)
    timer.end()
    state = .closed
    context.fireChannelInactive()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch (unwrapInboundIn(data), state) {
    case (.head(let head), .idle):
      timer.wait(options.arrival)
      begin(head, context)
    case (.body(var part), .body(let head, _)):
      guard body.readableBytes + part.readableBytes <= options.limits.body else {
        return refuseAtOnce(tooLarge, head, context)
      }
      body.writeBuffer(&part)
    case (.end, .body(let head, let route)):
      timer.wait(nil)
      state = .answering
      body.writeInteger(UInt8(0))
      let request = HTTPRequest(head: head, route: route, body: body, arrived: .now())
      body = ByteBuffer()
      answer(request, context)
    case (.end, .refused(let head, let error, let closes)):
      timer.wait(nil)
      state = .answering
      if closes { service.refused(error) }
      write(Answer(error), head, closing: closes, context)
    case (.end, .lingering):
      state = .closed
      context.close(promise: nil)
    default: break
    }
  }

  private var tooLarge: RequestError {
    .tooLarge("body: found more than \(options.limits.body) bytes, expected fewer")
  }

  private func begin(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
    let length = head.headers.first(name: "content-length").flatMap { Int($0) } ?? 0
    guard length <= options.limits.body else { return refuseAtOnce(tooLarge, head, context) }
    do throws(RequestError) {
      let route = try service.route(head)
      if let error = service.overload(route, bytes: length) {
        state = .refused(head, error, closes: false)
      } else {
        state = .body(head, route)
        // What a head claims is not believed at once.
        body = context.channel.allocator.buffer(capacity: min(length, 64 << 10) + 1)
      }
    } catch {
      state = .refused(head, error, closes: true)
    }
  }

  private func answer(_ request: HTTPRequest, _ context: ChannelHandlerContext) {
    let handler = NIOLoopBound(self, eventLoop: context.eventLoop)
    let place = NIOLoopBound(context, eventLoop: context.eventLoop)
    service.answer(request, on: context.eventLoop) { answer in
      let (handler, context) = (handler.value, place.value)
      guard case .answering = handler.state else { return }
      handler.write(answer, request.head, closing: false, context)
    }
  }

  /// Answers before the request is over, and takes no more of it.
  private func refuseAtOnce(
    _ error: RequestError, _ head: HTTPRequestHead, _ context: ChannelHandlerContext
  ) {
    body = ByteBuffer()
    service.refused(error)
    write(Answer(error), head, closing: true, lingers: true, context)
  }

  /// - Parameter lingers: whether the request is not over.
  private func write(
    _ answer: Answer, _ request: HTTPRequestHead, closing: Bool, lingers: Bool = false,
    _ context: ChannelHandlerContext
  ) {
    let closes = closing || !request.isKeepAlive || service.isDraining
    var headers = HTTPHeaders()
    headers.reserveCapacity(6 + answer.headers.count)
    headers.add(name: "Content-Type", value: answer.type)
    headers.add(name: "Content-Length", value: "\(answer.body.readableBytes)")
    if closes {
      headers.add(name: "Connection", value: "close")
    } else if request.version.minor == 0 {
      headers.add(name: "Connection", value: "keep-alive")
    }
    for (name, value) in answer.headers { headers.add(name: name, value: value) }
    let head = HTTPResponseHead(version: request.version, status: answer.status, headers: headers)
    context.write(wrapOutboundOut(.head(head)), promise: nil)
    if request.method != .HEAD {
      context.write(wrapOutboundOut(.body(.byteBuffer(answer.body))), promise: nil)
    }
    // The next request may be read while this is written.
    state = lingers ? .lingering : closes ? .closed : .idle
    if lingers {
      timer.wait(.seconds(2))
      context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    } else if closes {
      let channel = context.channel
      context.writeAndFlush(wrapOutboundOut(.end(nil))).whenComplete { _ in
        channel.close(promise: nil)
      }
    } else {
      timer.wait(options.idle)
      context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    let head: HTTPRequestHead
    switch state {
    case .body(let open, _): head = open
    case .refused(let open, let error, _): return refuseAtOnce(error, open, context)
    case .lingering: return
    case .idle, .answering, .closed: return context.close(promise: nil)
    }
    switch error as? NIOHTTPDecompression.DecompressionError {
    case .limit: refuseAtOnce(tooLarge, head, context)
    case nil where !(error is NIOHTTPDecompression.ExtraDecompressionError):
      context.close(promise: nil)
    default:
      refuseAtOnce(
        .malformed("body", found: "what cannot be unpacked", expected: "gzip or deflate"), head,
        context)
    }
  }
}
