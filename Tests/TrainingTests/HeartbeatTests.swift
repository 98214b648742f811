import Foundation
import Testing

@testable import Cluster

/// Ranks on several machines, which tell each other that they are there.
@Suite struct HeartbeatTests {
  /// 127.0.0.1, in the network's order of bytes.
  private static let here = UInt32(0x7F00_0001).bigEndian

  private static func rank(_ number: Int, _ meeting: Heartbeat.Meeting? = nil) throws -> Heartbeat {
    try #require(
      Heartbeat(
        rank: number, meeting: meeting, addresses: [here], beat: .milliseconds(20), limit: 100))
  }

  /// Waits for what a rank misses, at most so long.
  private static func missing(_ rank: Heartbeat, seconds: Double) -> Int? {
    let end = Date.now + seconds
    while rank.missing == nil, Date.now < end { usleep(10_000) }
    return rank.missing
  }

  @Test func `the first rank misses one that fell silent, and that one the first`() throws {
    let first = try Self.rank(0)
    let meeting = try #require(Heartbeat.Meeting(words: first.meeting.words))
    #expect(meeting == first.meeting)
    let others = try (1...2).map { try Self.rank($0, meeting) }
    // One that was never heard is not missed.
    for one in [first] + others { one.start() }
    #expect(Self.missing(first, seconds: 0.5) == nil)
    others[1].stop()
    #expect(Self.missing(first, seconds: 60) == 2)
    #expect(others[0].missing == nil)
    first.stop()
    #expect(Self.missing(others[0], seconds: 60) == 0)
    others[0].stop()
  }

  @Test func `datagrams of another job count for nothing`() throws {
    let first = try Self.rank(0)
    var meeting = first.meeting
    meeting.token &+= 1
    let stranger = try Self.rank(1, meeting)
    for one in [first, stranger] { one.start() }
    stranger.stop()
    #expect(Self.missing(first, seconds: 3) == nil)
    first.stop()
    #expect(Heartbeat.Meeting(words: []) == nil)
  }
}
