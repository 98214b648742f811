import Foundation
import Glibc
import Support
import Synchronization

/// Whether the machines of a job still hear each other. A cut network or a machine without power sends nothing that
/// ends a connection, and Open MPI waits for it for a quarter of an hour; here each rank sends the first one a
/// datagram a second, which it answers, from a thread that no computation holds up.
///
/// A rank that was never heard is not missed: where the network lets no datagrams through, nothing is judged by them.
final class Heartbeat: Sendable {
  /// Where the first rank listens, as all ranks have to know it.
  struct Meeting: Sendable, Equatable {
    /// The first rank's IPv4 addresses and its port, in the network's order of bytes.
    var addresses: [UInt32]
    var port: UInt16
    /// Tells this job's datagrams from others.
    var token: UInt32

    var words: [UInt32] { [token, UInt32(port)] + addresses }

    init(addresses: [UInt32], port: UInt16, token: UInt32) {
      (self.addresses, self.port, self.token) = (addresses, port, token)
    }

    /// - Parameter words: as ``words``; nil where they are of a rank that has no socket.
    init?(words: [UInt32]) {
      guard words.count > 2 else { return nil }
      self.init(
        addresses: Array(words[2...]), port: UInt16(truncatingIfNeeded: words[1]), token: words[0])
    }
  }

  private struct State {
    /// For each rank that was heard, for how many beats it was silent.
    var silence: [Int: Int] = [:]
    var missing: Int?
    var isOver = false
  }

  private let socket: Int32
  private let rank: Int
  /// What the other ranks have to know.
  let meeting: Meeting
  private let beat: Duration
  private let limit: Int
  private let state = Mutex(State())

  /// The rank that is not heard any more; nil as long as all are.
  var missing: Int? { state.withLock(\.missing) }

  /// How long a rank may be silent.
  var patience: Duration { beat * limit }

  /// Makes a socket.
  ///
  /// - Parameters:
  ///   - rank: this one's number.
  ///   - meeting: where the first rank is; nil on the first one itself.
  ///   - own: of the first one, the addresses that others may reach it by.
  ///   - beat: the time between two datagrams.
  ///   - limit: after how many beats without one a rank is missing.
  /// - Returns: nil where the system has no socket to give.
  init?(
    rank: Int, meeting: Meeting?, addresses own: [UInt32] = Heartbeat.addresses(),
    beat: Duration = .seconds(1), limit: Int = 10
  ) {
    let socket = Glibc.socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
    guard socket >= 0 else { return nil }
    var place = Self.address(INADDR_ANY, port: 0)
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = withSocketAddress(&place) {
      bind(socket, $0, size) == 0 && getsockname(socket, $0, &size) == 0
    }
    let addresses = meeting?.addresses ?? own
    guard isBound, !addresses.isEmpty else {
      close(socket)
      return nil
    }
    self.meeting =
      meeting
      ?? Meeting(addresses: addresses, port: place.sin_port, token: .random(in: 0...(.max)))
    (self.socket, self.rank, self.beat, self.limit) = (socket, rank, beat, limit)
  }

  /// Begins to send and to listen, until ``stop()``.
  func start() {
    let thread = Thread { [self] in run() }
    thread.name = "heartbeat"
    thread.start()
  }

  /// Ends the thread, which closes the socket.
  func stop() { state.withLock { $0.isOver = true } }

  private func run() {
    defer { close(socket) }
    var next = ContinuousClock.now
    while !state.withLock(\.isOver) {
      let now = ContinuousClock.now
      if now >= next {
        // Beats are counted as this process makes them: one that was stopped as a whole misses nobody.
        next = now + beat
        if rank > 0 { for address in meeting.addresses { send(to: address, meeting.port) } }
        state.withLock { state in
          for (other, beats) in state.silence {
            state.silence[other] = beats + 1
            if beats + 1 > limit { state.missing = state.missing ?? other }
          }
        }
      }
      var poll = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
      let wait = max((next - ContinuousClock.now).seconds * 1000, 0)
      if Glibc.poll(&poll, 1, Int32(min(wait, 100)) + 1) > 0 { receive() }
    }
  }

  private func send(to address: UInt32, _ port: UInt16) {
    let words = [meeting.token, UInt32(rank)]
    var target = Self.address(address, port: port)
    // What is not sent is not heard: the other side counts.
    _ = withSocketAddress(&target) {
      sendto(socket, words, 8, Int32(MSG_DONTWAIT), $0, UInt32(MemoryLayout<sockaddr_in>.size))
    }
  }

  private func receive() {
    var words: [UInt32] = [0, 0]
    var (source, size) = (sockaddr_in(), socklen_t(MemoryLayout<sockaddr_in>.size))
    let count = withSocketAddress(&source) {
      recvfrom(socket, &words, 8, Int32(MSG_DONTWAIT), $0, &size)
    }
    guard count == 8, words[0] == meeting.token, words[1] != UInt32(rank) else { return }
    state.withLock { $0.silence[Int(words[1])] = 0 }
    if rank == 0 { send(to: source.sin_addr.s_addr, source.sin_port) }
  }

  private static func address(_ address: UInt32, port: UInt16) -> sockaddr_in {
    var made = sockaddr_in()
    made.sin_family = sa_family_t(AF_INET)
    (made.sin_port, made.sin_addr.s_addr) = (port, address)
    return made
  }

  /// This machine's IPv4 addresses that others may reach.
  static func addresses() -> [UInt32] {
    var first: UnsafeMutablePointer<ifaddrs>?
    guard getifaddrs(&first) == 0, let first else { return [] }
    defer { freeifaddrs(first) }
    let wanted = UInt32(IFF_UP)
    return sequence(first: first, next: \.pointee.ifa_next).compactMap { entry in
      let entry = entry.pointee
      guard let address = entry.ifa_addr,
        address.pointee.sa_family == sa_family_t(AF_INET),
        entry.ifa_flags & (wanted | UInt32(IFF_LOOPBACK)) == wanted
      else { return nil }
      return address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
        $0.pointee.sin_addr.s_addr
      }
    }
  }
}

private func withSocketAddress<Result>(
  _ address: inout sockaddr_in, _ body: (UnsafeMutablePointer<sockaddr>) -> Result
) -> Result {
  withUnsafeMutablePointer(to: &address) {
    $0.withMemoryRebound(to: sockaddr.self, capacity: 1, body)
  }
}
