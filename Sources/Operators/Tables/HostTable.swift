import Dispatch
import Foundation
import OpenCL
import Support

/// A table in the host's memory with its optimizer's state. Memory is taken page by page as it is written to: zeros
/// that were never changed take none.
///
/// It is used by one thread at a time.
final class HostTable: @unchecked Sendable {
  private let rows: Int
  /// The numbers of a row of each array.
  private let widths: [Int]
  private let arrays: [UnsafeMutablePointer<Float>]
  /// Where rows on their way to a device and back lie, and when those on their way to it are there.
  private var staging: HostMemory<Float>?
  private var isSent: Event?

  /// - Throws: `UserError` where the host does not give the memory.
  init(_ name: String, rows: Int, widths: [Int]) throws {
    (self.rows, self.widths) = (rows, widths)
    arrays = try widths.map { width in
      let bytes = max(4 * rows * width, 1)
      let memory = mmap(
        nil, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
      guard let memory, memory != MAP_FAILED else {
        throw UserError(
          name, found: String(cString: strerror(errno)).lowercased(),
          expected: "\(mebibytes(bytes)) of the host's memory",
          remedy: "shorten the embedding vectors, or raise min_count")
      }
      return memory.assumingMemoryBound(to: Float.self)
    }
  }

  deinit {
    for (array, width) in zip(arrays, widths) { munmap(array, max(4 * rows * width, 1)) }
  }

  /// Sends the rows of ids to the beginning of a buffer, array behind array, each row behind row.
  func send(_ ids: [Int32], arrays count: Int, to buffer: Buffer<Float>, on queue: Queue) throws {
    let numbers = ids.count * widths[..<count].reduce(0, +)
    try isSent?.wait()
    let staging = try staging(numbers, on: queue)
    take(ids, arrays: count, into: staging.elements.baseAddress!)
    isSent = try buffer.write(staging, first: numbers, on: queue)
  }

  /// Sends rows of weights from elsewhere, as ``send(_:arrays:to:on:)`` does.
  func send(rows numbers: [Float], to buffer: Buffer<Float>, on queue: Queue) throws {
    try isSent?.wait()
    let staging = try staging(numbers.count, on: queue)
    numbers.withUnsafeBufferPointer {
      staging.elements.baseAddress!.update(from: $0.baseAddress!, count: $0.count)
    }
    isSent = try buffer.write(staging, first: numbers.count, on: queue)
  }

  /// The weights of rows, row behind row in the order of the ids.
  func weights(of ids: [Int32]) -> [Float] {
    guard !ids.isEmpty else { return [] }
    return [Float](unsafeUninitializedCapacity: ids.count * widths[0]) { target, count in
      take(ids, arrays: 1, into: target.baseAddress!)
      count = ids.count * widths[0]
    }
  }

  /// All numbers of rows, array behind array, each row behind row in the order of the ids.
  func rows(of ids: [Int32]) -> [Float] {
    let numbers = ids.count * widths.reduce(0, +)
    return [Float](unsafeUninitializedCapacity: numbers) { target, count in
      take(ids, arrays: arrays.count, into: target.baseAddress!)
      count = numbers
    }
  }

  /// Waits for rows that lie so, and keeps them.
  func receive(_ ids: [Int32], from buffer: Buffer<Float>, on queue: Queue) throws {
    let numbers = ids.count * widths.reduce(0, +)
    let staging = try staging(numbers, on: queue)
    try buffer.read(into: staging, first: numbers, on: queue)?.wait()
    put(ids, from: staging.elements.baseAddress!)
  }

  /// Room for so many numbers: what there is, or, where that is too little, half as much again.
  private func staging(_ count: Int, on queue: Queue) throws -> HostMemory<Float> {
    if let staging, staging.elements.count >= count { return staging }
    let memory = try HostMemory<Float>(pinned: count + count / 2, on: queue)
    staging = memory
    return memory
  }

  /// Copies rows, array behind array, each row behind row in the order of the ids.
  func take(_ ids: [Int32], arrays count: Int, into target: UnsafeMutablePointer<Float>) {
    move(ids, arrays: count) { row, place, width in
      (target + place).update(from: row, count: width)
    }
  }

  /// Takes rows as ``take(_:arrays:into:)`` leaves them.
  func put(_ ids: [Int32], from source: UnsafePointer<Float>) {
    move(ids, arrays: arrays.count) { row, place, width in
      row.update(from: source + place, count: width)
    }
  }

  /// Visits the rows of ids on all cores, no two of which are the same, and their places among all that are copied.
  private func move(
    _ ids: [Int32], arrays count: Int,
    _ copy: (_ row: UnsafeMutablePointer<Float>, _ place: Int, _ width: Int) -> Void
  ) {
    let share = 4096
    withoutActuallyEscaping(copy) { copy in
      nonisolated(unsafe) let copy = copy
      ids.withUnsafeBufferPointer { ids in
        nonisolated(unsafe) let ids = ids
        var begin = 0
        for (array, width) in zip(arrays, widths).prefix(count) {
          nonisolated(unsafe) let array = array
          let first = begin
          DispatchQueue.concurrentPerform(iterations: (ids.count + share - 1) / share) { part in
            for i in part * share..<min((part + 1) * share, ids.count) {
              copy(array + Int(ids[i]) * width, first + i * width, width)
            }
          }
          begin += ids.count * width
        }
      }
    }
  }

  /// All numbers of an array.
  func numbers(_ array: Int) -> [Float] {
    Array(UnsafeBufferPointer(start: arrays[array], count: rows * widths[array]))
  }

  /// All numbers of an array, which are zeros from then on: memory is given back piece by piece, so that they are never
  /// there twice.
  func giveUp(_ array: Int) -> [Float] {
    let (count, piece) = (rows * widths[array], 1 << 24)
    return [Float](unsafeUninitializedCapacity: count) { target, initialized in
      for first in stride(from: 0, to: count, by: piece) {
        let (part, from) = (min(piece, count - first), arrays[array] + first)
        (target.baseAddress! + first).initialize(from: from, count: part)
        clear(from, count: part)
      }
      initialized = count
    }
  }

  /// Sets numbers of an array from the place `offset` on.
  func write(_ values: [Float], array: Int, at offset: Int) {
    precondition(offset >= 0 && offset + values.count <= rows * widths[array])
    let target = arrays[array] + offset
    guard values.allSatisfy({ $0.bitPattern == 0 }) else {
      values.withUnsafeBufferPointer { target.update(from: $0.baseAddress!, count: values.count) }
      return
    }
    clear(target, count: values.count)
  }

  /// Sets numbers to 0, and gives whole pages of them back.
  private func clear(_ target: UnsafeMutablePointer<Float>, count: Int) {
    let page = 4096 / 4
    let place = Int(bitPattern: target) / 4
    let first = min((place + page - 1) / page * page - place, count)
    let whole = (count - first) / page * page
    target.update(repeating: 0, count: first)
    if whole > 0, madvise(target + first, 4 * whole, MADV_DONTNEED) != 0 {
      (target + first).update(repeating: 0, count: whole)
    }
    (target + first + whole).update(repeating: 0, count: count - first - whole)
  }
}
