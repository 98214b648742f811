import Foundation
import Support

/// How the process was started: by itself, or by Open MPI's mpirun as one of several ranks. Known before Open MPI is
/// loaded, from what its launcher leaves in the environment.
package struct Launch: Sendable, Hashable {
  /// This one's number among all, and how many there are.
  package let rank, count: Int
  /// Its number among those of this machine, and how many these are.
  package let localRank, localCount: Int

  /// This process's.
  package static let current = Launch(ProcessInfo.processInfo.environment)

  init(_ environment: [String: String]) {
    func number(_ name: String) -> Int? {
      environment["OMPI_COMM_WORLD_\(name)"].flatMap { Int($0) }
    }
    (rank, count) = (number("RANK") ?? 0, number("SIZE") ?? 1)
    (localRank, localCount) = (number("LOCAL_RANK") ?? 0, max(number("LOCAL_SIZE") ?? 1, 1))
  }

  /// What each rank may take of the memory that its machine has left, in bytes; nil where that is not known.
  package static var availableMemory: Int? {
    ProcessStatus.availableMemory.map { $0 / current.localCount }
  }

  /// Whose ``availableMemory`` is, behind a number of bytes, where several ranks share a machine.
  package static var forEachRank: String {
    current.localCount > 1 ? " for each of its \(current.localCount) ranks" : ""
  }

  /// Whether there are other ranks.
  package var isShared: Bool { count > 1 }

  /// Refuses a start by the launcher of another MPI, whose ranks would each do all of the work.
  ///
  /// - Throws: `UserError`.
  package static func check(_ environment: [String: String] = ProcessInfo.processInfo.environment)
    throws
  {
    guard environment["OMPI_COMM_WORLD_SIZE"] == nil,
      let size = environment["PMI_SIZE"].flatMap({ Int($0) }), size > 1
    else { return }
    throw UserError(
      "mpirun", found: "\(size) ranks of another MPI", expected: "those of Open MPI",
      remedy: "start them with the mpirun of Debian's package openmpi-bin")
  }

  /// Keeps this rank to its share of the machine's processors, and pocl to as many threads. mpirun would bind one or
  /// two ranks to one processor each, and leave more of them on all. To be called before anything starts a thread.
  package func takeProcessors() {
    guard isShared else { return }
    // What a batch system or a container has left out stays out.
    Affinity.set([Int](0..<Affinity.most))
    let own = Self.share(of: Affinity.get(), localRank, of: localCount)
    guard !own.isEmpty else { return }
    Affinity.set(own)
    // By either name, in pocl before and since version 5; what a user has set stays.
    for name in ["POCL_MAX_PTHREAD_COUNT", "POCL_CPU_MAX_CU_COUNT"] {
      setenv(name, "\(own.count)", 0)
    }
  }

  /// The processors of one of some ranks: adjacent ones, alike in number as far as that goes; where there are more
  /// ranks than processors, one.
  static func share(of processors: [Int], _ rank: Int, of ranks: Int) -> [Int] {
    guard processors.count > ranks else {
      return processors.isEmpty ? [] : [processors[rank % processors.count]]
    }
    let (first, end) = (
      rank * processors.count / ranks, (rank + 1) * processors.count / ranks
    )
    return Array(processors[first..<end])
  }
}

/// The processors that the calling thread may use, and the threads it starts. Swift's headers do not have the calls.
private enum Affinity {
  private typealias Call = @convention(c) (pid_t, Int, UnsafeMutableRawPointer) -> Int32

  static let most = 1024

  private static func call(_ name: String, _ mask: inout [UInt8]) -> Bool {
    guard let symbol = dlsym(nil, name) else { return false }
    let call = unsafeBitCast(symbol, to: Call.self)
    // The one that sets returns 0, and so does that of the C library that gets.
    return mask.withUnsafeMutableBytes { call(0, $0.count, $0.baseAddress!) } >= 0
  }

  static func get() -> [Int] {
    var mask = [UInt8](repeating: 0, count: most / 8)
    guard call("sched_getaffinity", &mask) else { return [] }
    return (0..<most).filter { mask[$0 / 8] >> UInt8($0 % 8) & 1 == 1 }
  }

  static func set(_ processors: [Int]) {
    var mask = [UInt8](repeating: 0, count: most / 8)
    for place in processors { mask[place / 8] |= 1 << UInt8(place % 8) }
    _ = call("sched_setaffinity", &mask)
  }
}
