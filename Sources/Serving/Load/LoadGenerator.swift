import Foundation
import NIOCore
import NIOPosix
import Random
import Support

/// Asks a server: requests are due by a schedule that does not wait for answers (open loop), and each one's time
/// counts from when it was due. So a server that stalls is charged for all that should have been asked meanwhile,
/// not only for the one request that saw it (coordinated omission).
package final class LoadGenerator: @unchecked Sendable {
  // Sendable: all of it belongs to one event loop.
  private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
  private let loop: any EventLoop
  private let address: SocketAddress
  private var requests: [ByteBuffer] = []
  /// A hash of the first answer to each request.
  private var answers: [Int?] = []
  private var free: [LoadConnection] = []
  private var open = 0
  private var run: Run?

  private struct Times {
    var sinceDue: [Int64] = []
    var sinceSent: [Int64] = []

    mutating func add(_ now: NIODeadline, due: NIODeadline, sent: NIODeadline) {
      sinceDue.append((now - due).nanoseconds)
      sinceSent.append((now - sent).nanoseconds)
    }
  }

  /// A load under way.
  private struct Run {
    var result = LoadResult()
    /// When each request was due that waits for a connection, and which it is.
    var waiting: [(due: NIODeadline, request: Int)] = []
    var firstWaiting = 0
    var underWay = 0
    /// Of each answer and of each refusal, the nanoseconds since it was due and since it was sent.
    var latencies = Times()
    var refusals = Times()
    let end: NIODeadline
    /// Before here nothing is counted.
    let begin: NIODeadline
    var stream: RandomStream
    var next: NIODeadline
    /// The mean time between two requests, in seconds; nil where each waits for the one before it.
    let pause: Double?
    let isEven: Bool
    let done: EventLoopPromise<LoadResult>
    var isDue = true
    /// When it ends whatever is left.
    var limit: Scheduled<Void>?
  }

  /// - Throws: `UserError` for a host that is not known.
  package init(host: String, port: Int) throws {
    loop = group.next()
    do {
      address = try SocketAddress.makeAddressResolvingHost(host, port: port)
    } catch {
      throw UserError(
        "\(host):\(port)", found: "\(error)", expected: "a host that is known",
        remedy: "check the address")
    }
  }

  package func close() async throws { try await group.shutdownGracefully() }

  /// Asks for a while.
  ///
  /// - Parameters:
  ///   - rate: requests a second; nil for as many as are answered, one after the other on each connection.
  ///   - isEven: whether requests are due at equal distances, not as those of many users are (Poisson).
  ///   - warmUp: seconds before anything is counted.
  /// - Throws: `UserError` where nobody answers at the address.
  package func ask(
    rate: Double?, isEven: Bool = false, connections: Int, seconds: Double, warmUp: Double = 0.5,
    seed: UInt64 = 1
  ) async throws -> LoadResult {
    let promise = loop.makePromise(of: LoadResult.self)
    try await connect(connections)
    loop.execute { [self] in
      let now = NIODeadline.now()
      let begin = now + .nanoseconds(Int64(warmUp * 1e9))
      run = Run(
        end: begin + .nanoseconds(Int64(seconds * 1e9)), begin: begin,
        stream: RandomStream(seed: seed, purpose: "load"), next: now, pause: rate.map { 1 / $0 },
        isEven: isEven, done: promise)
      run!.result.offered = rate
      run!.result.connections = connections
      run!.result.seconds = seconds
      if rate == nil { for _ in 0..<connections { begin1() } } else { tick() }
    }
    return try await promise.futureResult.get()
  }

  /// Opens or closes connections until there are so many.
  private func connect(_ count: Int) async throws {
    let missing = try await loop.submit { [self] in
      for _ in 0..<max(open - count, 0) { free.popLast()?.close() }
      return count - open
    }.get()
    do {
      for _ in 0..<max(missing, 0) { try await connectOne().get() }
    } catch {
      throw UserError(
        "\(address)", found: "\(error)", expected: "a server that takes connections",
        remedy: "start it, or name another address")
    }
  }

  private func connectOne() -> EventLoopFuture<Void> {
    ClientBootstrap(group: loop).connectTimeout(.seconds(10))
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture { [self] in
          let connection = LoadConnection { [self] in lost($0) }
          try channel.pipeline.syncOperations.addHandler(connection)
          open += 1
          free.append(connection)
        }
      }
      .connect(to: address).map { _ in }
  }

  /// A connection that ended is made anew while there is something to ask.
  private func lost(_ connection: LoadConnection) {
    free.removeAll { $0 === connection }
    open -= 1
    guard let run, open < run.result.connections else { return }
    connectOne().whenSuccess { [self] in if run.pause == nil { begin1() } else { dispatch() } }
  }

  /// The answer to a single request.
  /// - Throws: `UserError` where nobody answers.
  package func answer(to request: ByteBuffer) async throws -> (status: Int, body: [UInt8]) {
    try await connect(1)
    let promise = loop.makePromise(of: (status: Int, body: [UInt8]).self)
    loop.execute { [self] in
      guard let connection = free.popLast() else { return promise.succeed((0, [])) }
      connection.send(request) { [self] status, body in
        if status != 0 { free.append(connection) }
        promise.succeed((status, Array(body)))
      }
    }
    return try await promise.futureResult.get()
  }

  /// Says what is to be asked.
  /// - Parameter requests: whole ones, head and body; they are sent in a random order.
  package func take(_ requests: [ByteBuffer]) {
    precondition(!requests.isEmpty)
    (self.requests, answers) = (requests, [Int?](repeating: nil, count: requests.count))
  }

  // MARK: The schedule; on the loop

  /// Puts what is due into the queue, and comes back when the next one is.
  private func tick() {
    guard run != nil else { return }
    let now = NIODeadline.now()
    while run!.next <= now, run!.next < run!.end {
      run!.waiting.append((run!.next, pick()))
      let pause = run!.pause!
      let uniform = (Double(run!.stream.nextWord()) + 0.5) / 0x1p32
      let gap = run!.isEven ? pause : -log(uniform) * pause
      run!.next = run!.next + .nanoseconds(Int64(gap * 1e9))
    }
    dispatch()
    if run!.next < run!.end {
      loop.scheduleTask(deadline: run!.next) { [self] in tick() }
    } else {
      run!.isDue = false
      loop.scheduleTask(deadline: run!.end) { [self] in finishIfDone() }
      // What was not answered long after the end failed.
      run!.limit = loop.scheduleTask(deadline: run!.end + .seconds(20)) { [self] in finish() }
    }
  }

  private func pick() -> Int { Int(run!.stream.nextWord() % UInt32(requests.count)) }

  private func dispatch() {
    while run != nil, run!.firstWaiting < run!.waiting.count, let connection = free.popLast() {
      let (due, request) = run!.waiting[run!.firstWaiting]
      run!.firstWaiting += 1
      if run!.firstWaiting > 4096 {
        run!.waiting.removeFirst(run!.firstWaiting)
        run!.firstWaiting = 0
      }
      send(request, due, connection)
    }
  }

  private func send(_ request: Int, _ due: NIODeadline, _ connection: LoadConnection) {
    run!.underWay += 1
    let sent = NIODeadline.now()
    connection.send(requests[request]) { [self] status, body in
      let now = NIODeadline.now()
      guard run != nil else { return }
      run!.underWay -= 1
      count(status, body, of: request, due: due, sent: sent, now)
      if status != 0 { free.append(connection) }
      if run!.pause == nil {
        if now < run!.end { begin1() } else { run!.isDue = false }
      } else {
        dispatch()
      }
      finishIfDone()
    }
  }

  /// The next request of a connection that waits for nobody.
  private func begin1() {
    guard run != nil, let connection = free.popLast() else { return }
    send(pick(), .now(), connection)
  }

  private func count(
    _ status: Int, _ body: ByteBufferView, of request: Int, due: NIODeadline, sent: NIODeadline,
    _ now: NIODeadline
  ) {
    guard due >= run!.begin else { return }
    run!.result.requests += 1
    switch status {
    case 200:
      run!.result.answered += 1
      run!.latencies.add(now, due: due, sent: sent)
      var hasher = Hasher()
      body.withUnsafeBytes { hasher.combine(bytes: $0) }
      let hash = hasher.finalize()
      if let first = answers[request], first != hash { run!.result.different += 1 }
      answers[request] = answers[request] ?? hash
    case 429, 503:
      run!.result.refused += 1
      run!.refusals.add(now, due: due, sent: sent)
    default: run!.result.fail(status == 0 ? "closed" : "\(status)")
    }
  }

  private func finishIfDone() {
    guard run != nil, !run!.isDue, run!.underWay == 0, run!.firstWaiting == run!.waiting.count,
      NIODeadline.now() >= run!.end
    else { return }
    finish()
  }

  private func finish() {
    guard var last = run else { return }
    run = nil
    last.limit?.cancel()
    let left = last.waiting[last.firstWaiting...].count { $0.due >= last.begin } + last.underWay
    last.result.requests += left
    last.result.fail("unanswered", left)
    last.result.latency = .init(last.latencies.sinceDue)
    last.result.sinceSent = .init(last.latencies.sinceSent)
    last.result.refusal = .init(last.refusals.sinceDue)
    last.result.refusalSinceSent = .init(last.refusals.sinceSent)
    let time = (max(.now(), last.end) - last.begin).seconds
    last.result.throughput = Double(last.result.answered) / time
    last.done.succeed(last.result)
  }
}
