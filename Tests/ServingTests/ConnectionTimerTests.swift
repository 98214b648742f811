import NIOCore
import NIOEmbedded
import Testing

@testable import Serving

@Suite struct `A connection's time` {
  private let channel = EmbeddedChannel()
  private let timer = ConnectionTimer(step: .seconds(15))

  init() throws {
    try channel.connect(to: SocketAddress(unixDomainSocketPath: "test")).wait()
    timer.start(.seconds(15), channel)
  }

  private func advance(_ time: TimeAmount) { channel.embeddedEventLoop.advanceTime(by: time) }

  @Test func `ends with what does not come`() {
    advance(.seconds(14))
    #expect(channel.isActive)
    advance(.seconds(1) + ConnectionTimer.grace)
    #expect(!channel.isActive)
  }

  @Test func `goes on with each request`() {
    for _ in 0..<5 {
      advance(.seconds(10))
      timer.wait(.seconds(15))
      timer.wait(nil)
      advance(.seconds(40))
      timer.wait(.seconds(75))
      advance(.seconds(60))
      #expect(channel.isActive)
    }
    advance(.seconds(15) + ConnectionTimer.grace)
    #expect(!channel.isActive)
  }

  @Test func `goes on with a request that is read late`() {
    // The time is over, and the loop reads only afterwards what came before.
    advance(.seconds(15))
    timer.wait(nil)
    advance(.seconds(100))
    #expect(channel.isActive)
  }
}
