import NIOCore

/// One connection of a load: writes a request as it is, and reads its answer; one after the other.
final class LoadConnection: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  /// An answer: its status, and its body.
  typealias Done = (_ status: Int, _ body: ByteBufferView) -> Void

  private var received = ByteBuffer()
  /// Where the body begins, and how long it is, once the head is read.
  private var body: (start: Int, count: Int)?
  private var status = 0
  private var done: Done?
  private var context: ChannelHandlerContext?
  private let ended: (LoadConnection) -> Void
  private var isLast = false

  /// - Parameter ended: called once the connection is closed; a request under way then has no answer.
  init(ended: @escaping (LoadConnection) -> Void) { self.ended = ended }

  /// Whether a request waits for its answer.
  var isBusy: Bool { done != nil }

  func send(_ request: ByteBuffer, _ done: @escaping Done) {
    self.done = done
    context!.writeAndFlush(wrapOutboundOut(request), promise: nil)
  }

  func close() { context?.close(promise: nil) }

  func handlerAdded(context: ChannelHandlerContext) { self.context = context }

  func channelInactive(context: ChannelHandlerContext) {
    self.context = nil
    if let done {
      self.done = nil
      done(0, ByteBuffer().readableBytesView)
    }
    ended(self)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    var part = unwrapInboundIn(data)
    if received.readableBytes == 0 { received = part } else { received.writeBuffer(&part) }
    if body == nil { readHead() }
    guard let body, received.readableBytes >= body.start + body.count, let done else { return }
    let all = received.readableBytesView
    let first = all.startIndex + body.start
    self.done = nil
    done(status, all[first..<first + body.count])
    received = ByteBuffer()
    self.body = nil
    if isLast { context.close(promise: nil) }
  }

  /// Reads the status and the body's length, which all servers tell whose answers are small.
  private func readHead() {
    let bytes = received.readableBytesView
    let end = bytes.firstRange(of: [13, 10, 13, 10])
    guard let end else { return }
    let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).lowercased()
      .split(separator: "\r\n")
    status =
      lines.first.flatMap { $0.split(separator: " ").dropFirst().first.flatMap { Int($0) } } ?? 0
    func value(_ name: String) -> String? {
      lines.first { $0.hasPrefix(name + ":") }.map {
        $0.dropFirst(name.count + 1).trimmingPrefix { $0 == " " }.description
      }
    }
    isLast = value("connection") == "close"
    body = (end.upperBound - bytes.startIndex, value("content-length").flatMap { Int($0) } ?? 0)
  }
}
