import Support

/// The ranks of a job, as one of them sees it: each runs the same program on a part of the work, and all take part
/// in each of these exchanges, in the same order and from one thread.
package protocol Communicator: AnyObject {
  /// This one's number, from 0.
  var rank: Int { get }
  /// How many there are.
  var count: Int { get }
  /// What it runs by, in one line for people.
  var description: String { get }
  /// What has been exchanged so far.
  var traffic: Traffic { get }

  /// Sends some bytes to all.
  ///
  /// - Parameter words: 4-byte words, as many as this rank likes.
  /// - Returns: those of each rank, in the order of the ranks; its own too.
  /// - Throws: `UserError` where the others do not answer.
  func gather(_ words: [UInt32]) throws -> [[UInt32]]

  /// Sends words of its own to each.
  ///
  /// - Parameter words: for each rank, as many as this one likes.
  /// - Returns: what each rank has sent to this one.
  /// - Throws: `UserError` where the others do not answer.
  func exchange(_ words: [[UInt32]]) throws -> [[UInt32]]

  /// Waits until all are here, without using a processor meanwhile, however long it takes.
  func meet() throws
}

/// What a rank has sent, and how long it has waited.
package struct Traffic: Sendable, Hashable {
  /// Exchanges, counting the one of the sizes that comes before some.
  package var messages = 0
  /// Bytes sent to other ranks.
  package var bytes = 0
  /// Time in exchanges.
  package var duration = Duration.zero

  package init() {}

  package static func + (a: Traffic, b: Traffic) -> Traffic {
    var sum = a
    sum.messages += b.messages
    sum.bytes += b.bytes
    sum.duration += b.duration
    return sum
  }

  package static func - (a: Traffic, b: Traffic) -> Traffic {
    var difference = a
    difference.messages -= b.messages
    difference.bytes -= b.bytes
    difference.duration -= b.duration
    return difference
  }
}

extension Communicator {
  /// Whether this is the one that prints and writes.
  package var isFirst: Bool { rank == 0 }

  /// Sends numbers of 4 or 8 bytes to all.
  package func gather<Number: BitwiseCopyable>(_ numbers: [Number]) throws -> [[Number]] {
    try gather(words(of: numbers)).map(numbersOf)
  }

  /// Sends numbers of 4 or 8 bytes of its own to each.
  package func exchange<Number: BitwiseCopyable>(_ numbers: [[Number]]) throws -> [[Number]] {
    try exchange(numbers.map(words)).map(numbersOf)
  }
}

private func words<Number: BitwiseCopyable>(of numbers: [Number]) -> [UInt32] {
  if let words = numbers.elements(as: UInt32.self) { return words }
  precondition(MemoryLayout<Number>.stride % 4 == 0)
  return numbers.withUnsafeBytes { [UInt32]($0.bindMemory(to: UInt32.self)) }
}

private func numbersOf<Number: BitwiseCopyable>(_ words: [UInt32]) -> [Number] {
  if let numbers = words.elements(as: Number.self) { return numbers }
  let count = words.count * 4 / MemoryLayout<Number>.stride
  return [Number](unsafeUninitializedCapacity: count) { target, initialized in
    words.withUnsafeBytes { UnsafeMutableRawBufferPointer(target).copyMemory(from: $0) }
    initialized = count
  }
}

/// A job of one.
package final class Alone: Communicator {
  package let rank = 0
  package let count = 1
  package let description = "one process"
  package let traffic = Traffic()

  package init() {}

  package func gather(_ words: [UInt32]) -> [[UInt32]] { [words] }
  package func exchange(_ words: [[UInt32]]) -> [[UInt32]] { words }
  package func meet() {}
}
