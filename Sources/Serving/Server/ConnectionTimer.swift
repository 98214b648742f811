import NIOCore

/// Closes a connection that is waited for too long. It belongs to the connection's event loop.
///
/// Each request changes the time twice. A task of the loop for each change would cost more than the rest of a refusal:
/// there is one at a time, which looks at the time that holds when it runs, and comes again.
final class ConnectionTimer {
  /// The longest time between two looks.
  private let step: TimeAmount
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
    guard channel != nil else { return }
    guard let time else {
      deadline = nil
      return
    }
    let end = NIODeadline.now() + time
    deadline = end
    if end < next { look(at: min(end, .now() + step)) }
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
    let now = NIODeadline.now()
    if let deadline, deadline <= now {
      channel?.close(promise: nil)
      return
    }
    look(at: min(deadline ?? .distantFuture, now + step))
  }
}
