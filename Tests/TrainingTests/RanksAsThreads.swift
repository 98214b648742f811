import Foundation
import Synchronization

@testable import Cluster

/// Ranks as threads of one process.
final class RanksAsThreads: Communicator, @unchecked Sendable {
  let rank: Int
  let description = "ranks as threads"
  let traffic = Traffic()
  private let board: Board

  /// What the ranks tell each other.
  private final class Board: @unchecked Sendable {
    let condition = NSCondition()
    let count: Int
    var posts: [[[UInt32]]?]
    var readers = 0

    init(_ count: Int) { (self.count, posts) = (count, Array(repeating: nil, count: count)) }

    /// Posts for all, and returns all posts when they are there.
    func swap(_ rank: Int, _ post: [[UInt32]]) -> [[[UInt32]]] {
      condition.lock()
      defer { condition.unlock() }
      while posts[rank] != nil { condition.wait() }
      posts[rank] = post
      condition.broadcast()
      while posts.contains(where: { $0 == nil }) { condition.wait() }
      let all = posts.map { $0! }
      readers += 1
      if readers == count {
        (readers, posts) = (0, Array(repeating: nil, count: count))
        condition.broadcast()
      } else {
        while posts[rank] != nil { condition.wait() }
      }
      return all
    }
  }

  private init(_ rank: Int, _ board: Board) { (self.rank, self.board) = (rank, board) }

  var count: Int { board.count }
  func gather(_ words: [UInt32]) -> [[UInt32]] { board.swap(rank, [words]).map { $0[0] } }
  func exchange(_ words: [[UInt32]]) -> [[UInt32]] { board.swap(rank, words).map { $0[rank] } }
  func meet() { _ = board.swap(rank, []) }

  /// Runs a body on each rank, and returns what they come to.
  static func run<Result: Sendable>(
    _ count: Int, _ body: @escaping @Sendable (any Communicator) throws -> Result
  ) throws -> [Result] {
    let board = Board(count)
    let results = Mutex<[Int: Swift.Result<Result, any Error>]>([:])
    let group = DispatchGroup()
    for rank in 0..<count {
      group.enter()
      let thread = Thread {
        let result = Swift.Result<Result, any Error> { try body(RanksAsThreads(rank, board)) }
        results.withLock { $0[rank] = result }
        group.leave()
      }
      thread.stackSize = 8 << 20
      thread.start()
    }
    group.wait()
    return try results.withLock { all in try (0..<count).map { try all[$0]!.get() } }
  }
}
