import Foundation
import Glibc
import Support

/// A job that Open MPI's mpirun has started.
///
/// All calls come from one thread (MPI_THREAD_FUNNELED). Exchanges do not block: a rank that waits asks now and then,
/// and sleeps in between, so that ranks that share processors do not take them from each other, as Open MPI's own
/// waiting would; and a rank that hears nothing of the others for too long ends with an error: within seconds where
/// they are on several machines, see ``Heartbeat``.
package final class OpenMPI: Communicator {
  package let rank: Int
  package let count: Int
  package private(set) var traffic = Traffic()
  package let description: String
  private let library: OpenMPILibrary
  private let patience: Duration
  /// Where ranks are on several machines: whether they are still there, and the machine of each.
  private var heartbeat: Heartbeat?
  private var machines: [String] = []

  /// Joins the job. Once in a process.
  ///
  /// - Parameter patience: how long to wait for the others in an exchange.
  /// - Throws: `UserError` where Open MPI's library is not there.
  package init(patience: Duration = .seconds(120)) throws {
    library = try OpenMPILibrary()
    self.patience = patience
    // At its start and end Open MPI waits by itself.
    setenv("OMPI_MCA_mpi_yield_when_idle", "1", 0)
    let funneled: Int32 = 1
    var (level, rank, count): (Int32, Int32, Int32) = (0, 0, 0)
    guard library.initialize(nil, nil, funneled, &level) == 0, level >= funneled,
      library.rank(library.world, &rank) == 0, library.size(library.world, &count) == 0
    else {
      throw UserError(
        OpenMPILibrary.name, found: "Open MPI that does not start", expected: "a job to join",
        remedy: "start the program with mpirun, as: mpirun -n 2 deepfm train ...")
    }
    (self.rank, self.count) = (Int(rank), Int(count))
    description = "\(count) ranks by \(library.versionText)"
    // mpirun sees by itself when a process of its own machine ends.
    if Launch.current.localCount < Launch.current.count { try listen() }
  }

  /// Begins to tell the other machines that this one is there, and to listen for them.
  private func listen() throws {
    machines = try gather(ProcessInfo.processInfo.hostName.utf8.map { UInt32($0) }).map { words in
      String(decoding: words.map { UInt8(truncatingIfNeeded: $0) }, as: UTF8.self)
    }
    let first = rank == 0 ? Heartbeat(rank: rank, meeting: nil) : nil
    let meeting = Heartbeat.Meeting(words: try gather(first?.meeting.words ?? [])[0])
    heartbeat = first ?? meeting.flatMap { Heartbeat(rank: rank, meeting: $0) }
    heartbeat?.start()
  }

  /// The library's name and version, where it is there.
  ///
  /// - Throws: `UserError` where it is not.
  package static func version() throws -> String { try OpenMPILibrary().versionText }

  /// Leaves the job, together with all others.
  package func leave() throws {
    try meet()
    heartbeat?.stop()
    _ = library.finalize()
  }

  /// Ends all ranks.
  package func abort(code: Int32) -> Never {
    _ = library.abort(library.world, code)
    _exit(code)
  }

  package func gather(_ words: [UInt32]) throws -> [[UInt32]] {
    let sizes = try gatherSizes(words.count)
    let places = try Places(sizes)
    let all = try [UInt32](unsafeUninitializedCapacity: places.total) { target, initialized in
      try words.withUnsafeBytes { mine in
        try wait("gather", bytes: 4 * words.count * (count - 1)) {
          library.gather(
            mine.baseAddress, Int32(words.count), library.word, target.baseAddress, places.counts,
            places.starts, library.word, library.world, $0)
        }
      }
      initialized = places.total
    }
    return places.split(all)
  }

  /// The number of words of each rank.
  private func gatherSizes(_ size: Int) throws -> [Int] {
    var (mine, sizes) = (UInt32(clamping: size), [UInt32](repeating: 0, count: count))
    let places = try Places([Int](repeating: 1, count: count))
    try sizes.withUnsafeMutableBytes { target in
      try withUnsafeBytes(of: &mine) { mine in
        try wait("gather", bytes: 4 * (count - 1)) {
          library.gather(
            mine.baseAddress, 1, library.word, target.baseAddress, places.counts, places.starts,
            library.word, library.world, $0)
        }
      }
    }
    return sizes.map { Int($0) }
  }

  package func exchange(_ words: [[UInt32]]) throws -> [[UInt32]] {
    precondition(words.count == count)
    let ones = try Places([Int](repeating: 1, count: count))
    let sizes = try exchange(words.map { UInt32(clamping: $0.count) }, ones, ones)
    let (sent, received) = (try Places(words.map(\.count)), try Places(sizes.map { Int($0) }))
    var all: [UInt32] = []
    all.reserveCapacity(sent.total)
    for part in words { all += part }
    return received.split(try exchange(all, sent, received))
  }

  private func exchange(_ words: [UInt32], _ sent: Places, _ received: Places) throws -> [UInt32] {
    try [UInt32](unsafeUninitializedCapacity: received.total) { target, initialized in
      try words.withUnsafeBytes { mine in
        try wait("exchange", bytes: 4 * (words.count - Int(sent.counts[rank]))) {
          library.exchange(
            mine.baseAddress, sent.counts, sent.starts, library.word, target.baseAddress,
            received.counts, received.starts, library.word, library.world, $0)
        }
      }
      initialized = received.total
    }
  }

  package func meet() throws {
    try wait("meet", bytes: 0, patience: nil) { library.barrier(library.world, $0) }
  }

  /// Starts an exchange and waits for its end.
  ///
  /// - Parameter patience: how long; nil for any time.
  private func wait(
    _ what: String, bytes: Int, patience: Duration?, _ start: (OpenMPILibrary.Request) -> Int32
  ) throws {
    let began = ContinuousClock.now
    var request: UnsafeMutableRawPointer?
    try check(start(&request), what)
    var (isDone, asked): (Int32, Int) = (0, 0)
    while true {
      try check(library.test(&request, &isDone, nil), what)
      if isDone != 0 { break }
      asked += 1
      // At first by giving way alone: most answers come at once.
      if asked < 200 {
        sched_yield()
      } else {
        usleep(asked < 2000 ? 50 : 1000)
        if let heartbeat, let missing = heartbeat.missing {
          throw silence("rank \(missing) on \(machines[missing])", heartbeat.patience)
        }
        if let patience, ContinuousClock.now - began > patience {
          throw silence("another rank", patience)
        }
      }
    }
    traffic.messages += 1
    traffic.bytes += bytes
    traffic.duration += ContinuousClock.now - began
  }

  private func wait(
    _ what: String, bytes: Int, _ start: (OpenMPILibrary.Request) -> Int32
  ) throws {
    try wait(what, bytes: bytes, patience: patience, start)
  }

  private func check(_ code: Int32, _ what: String) throws {
    guard code != 0 else { return }
    throw UserError(
      "rank \(rank) of \(count)", found: "error \(code) of Open MPI's \(what)",
      expected: "an answer of the other ranks", remedy: "look for what mpirun says of them")
  }

  private func silence(_ missing: String, _ time: Duration) -> UserError {
    UserError(
      "rank \(rank) of \(count)", found: "nothing of \(missing) for \(Int(time.seconds)) s",
      expected: "its part of a step",
      remedy:
        "look whether its machine and the network between them are up; training goes on from the last "
        + "checkpoint with --resume")
  }
}

/// Where the words of each rank lie in one piece of memory. Open MPI counts in 32 bits.
private struct Places {
  let counts, starts: [Int32]
  let total: Int

  init(_ sizes: [Int]) throws {
    total = sizes.reduce(0, +)
    guard total <= Int32.max else {
      throw UserError(
        "exchange", found: "\(total) numbers at once", expected: "at most \(Int32.max)",
        remedy: "choose a smaller batch, or --tables touched")
    }
    var next: Int32 = 0
    counts = sizes.map { Int32($0) }
    starts = counts.map { size in
      defer { next += size }
      return next
    }
  }

  func split(_ words: [UInt32]) -> [[UInt32]] {
    zip(starts, counts).map { Array(words[Int($0)..<Int($0 + $1)]) }
  }
}
