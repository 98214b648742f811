import NIOCore

/// Closes a connection that is waited for too long. It belongs to the connection's event loop.
///
/// Each request changes the time twice. A task of the loop for each change would cost more than the rest of a refusal:
/// there is one at a time, which looks at the time that holds when it runs, and comes again.
///
/// A connection whose time is over is closed only where nothing has come meanwhile: while the loop was busy a request may
/// have come that nobody has read yet, and its client could not know whether it was computed.
final class ConnectionTimer {
  /// How long what has come lately is waited for before it is closed all the same: longer than a batch.
  static let grace = TimeAmount.milliseconds(500)

  /// The longest time between two looks.
  private let step: TimeAmount
  /// Whether a look has found the time over.
  private var isOver = false
  private var deadline: NIODeadline?
  private var next = NIODeadline.distantFuture
  private var task: Scheduled<Void>?
  private var channel: (any Channel)?

  init(step: TimeAmount) { self.step = step }

  /// Begins to look after a channel.
  func start(_ time: TimeAmount, _ channel: any Channel) {
    self.channel = channel
    next = .distantFuture
    wait(time)
  }

  /// Something has to come within this time; nil for no bound.
  func wait(_ time: TimeAmount?) {
    guard let now = channel?.eventLoop.now else { return }
    isOver = false
    guard let time else {
      deadline = nil
      return
    }
    let end = now + time
    deadline = end
    if end < next { look(at: min(end, now + step)) }
  }

  func end() {
    task?.cancel()
    (task, channel, deadline) = (nil, nil, nil)
  }

  private func look(at time: NIODeadline) {
    task?.cancel()
    next = time
    guard let channel else { return }
    let timer = NIOLoopBound(self, eventLoop: channel.eventLoop)
    task = channel.eventLoop.scheduleTask(deadline: time) { timer.value.check() }
  }

  private func check() {
    guard let channel else { return }
    let now = channel.eventLoop.now
    guard let deadline, deadline <= now else {
      return look(at: min(deadline ?? .distantFuture, now + step))
    }
    if isOver || !hasReceivedLately(channel) { return channel.close(promise: nil) }
    isOver = true
    look(at: now + Self.grace)
  }

  /// Whether the kernel has got bytes that may not have been read, or does not say.
  private func hasReceivedLately(_ channel: any Channel) -> Bool {
    var hasReceived = true
    // On its own loop a channel answers at once.
    (channel as? any SocketOptionProvider)?.getTCPInfo().assumeIsolated().whenSuccess {
      hasReceived = TimeAmount.milliseconds(Int64($0.tcpi_last_data_recv)) < Self.grace
    }
    return hasReceived
  }
}
