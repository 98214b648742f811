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

  /// Reads the status and the body's length, which all servers tell whose answers are small. By hand: the load has
  /// one core, and is to ask for more than a server can answer.
  private func readHead() {
    received.withUnsafeReadableBytes { bytes in
      let end = (0..<max(bytes.count - 3, 0)).first {
        bytes[$0] == 13 && bytes[$0 + 1] == 10 && bytes[$0 + 2] == 13 && bytes[$0 + 3] == 10
      }
      guard let end else { return }
      let head = UnsafeRawBufferPointer(rebasing: bytes[..<end])
      status = Self.number(head.drop { $0 != UInt8(ascii: " ") }) ?? 0
      isLast =
        Self.value(of: "connection", in: head).map {
          $0.first.map { $0 | 0x20 } == UInt8(ascii: "c")
        } ?? false
      body = (head.count + 4, Self.value(of: "content-length", in: head).flatMap(Self.number) ?? 0)
    }
  }

  /// What stands behind a header's name, which is given in small letters, and the colon; blanks may be before it.
  private static func value(
    of name: StaticString, in head: UnsafeRawBufferPointer
  ) -> Slice<UnsafeRawBufferPointer>? {
    let count = name.utf8CodeUnitCount
    var line = 0
    while let end = head[line...].firstIndex(of: UInt8(ascii: "\n")) {
      line = end + 1
      guard line + count < head.count, head[line + count] == UInt8(ascii: ":") else { continue }
      if (0..<count).allSatisfy({ head[line + $0] | 0x20 == name.utf8Start[$0] }) {
        return head[(line + count + 1)...].drop { $0 == UInt8(ascii: " ") }
      }
    }
    return nil
  }

  /// The whole number that some bytes begin with, behind blanks.
  private static func number(_ bytes: Slice<UnsafeRawBufferPointer>) -> Int? {
    let digits = bytes.drop { $0 == UInt8(ascii: " ") }.prefix {
      UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0
    }
    guard !digits.isEmpty, digits.count < 16 else { return nil }
    return digits.reduce(0) { 10 * $0 + Int($1 - UInt8(ascii: "0")) }
  }
}
