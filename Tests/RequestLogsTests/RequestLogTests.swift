import Foundation
import Support
import Synchronization
import Testing

@testable import RequestLogs

@Suite struct `A log of requests is written` {
  private func text(_ folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder).sorted().map {
      try String(contentsOfFile: folder + "/" + $0, encoding: .utf8)
    }
  }

  @Test func `as JSON lines that can be read back`() throws {
    let folder = try temporaryFolder()
    let log = try RequestLog(RequestLogOptions(folder: folder)) { _ in }
    var list = RawValues.Column(name: "tags")
    list.append("\0red\0a \"b\"")
    list.append("")
    let request = ScoredRequest(
      id: "r\u{1}é", model: "clicks", version: "3", arm: .canary, places: [1, 2],
      time: 1_795_942_800_123, values: RawValues(rows: 2, columns: [list]),
      probabilities: [0.25, .nan])
    #expect(log.add([.scored(request), feedback("r1", row: 1, time: 1)]))
    log.close()
    #expect(
      try text(folder) == [
        #"{"type":"scored","id":"r\u0001é","time":"2026-11-29T09:00:00.123Z","model":"clicks","version":"3","#
          + #""arm":"canary","place":[1,2],"rows":2,"probability":[0.25,null],"#
          + #""instances":[{"tags":["red","a \"b\""]},{}]}"# + "\n"
          + #"{"type":"feedback","id":"r1","time":"1970-01-01T00:00:00.001Z","row":1,"event":"click","outcome":1}"#
          + "\n"
      ])
    #expect(log.current.scored == 1 && log.current.feedback == 1 && log.current.waiting == 0)
    let time = "2026-11-29T09:00:00.123Z"
    #expect(Array(time.utf8).withUnsafeBytes(LogTime.milliseconds) == 1_795_942_800_123)
  }

  @Test func `in files of a bounded size, whose names are in the order of time`() throws {
    let folder = try temporaryFolder()
    var options = RequestLogOptions(folder: folder)
    (options.fileSize, options.gather) = (4096, 0)
    let log = try RequestLog(options) { _ in }
    for number in 0..<200 {
      while !log.add([scored("r\(number)")]) {}
      // One line is written at a time.
      while log.current.waiting > 0 { Thread.sleep(forTimeInterval: 1e-4) }
    }
    log.close()
    let files = try text(folder)
    #expect(files.count > 5 && files.allSatisfy { $0.utf8.count < 4096 + 300 })
    let ids = files.joined().split(separator: "\n").map { $0.dropFirst(23).prefix { $0 != "\"" } }
    #expect(ids == (0..<200).map { "r\($0)" })
  }

  /// A disk that takes lines when it is let, or none at all.
  private final class Disk: LogDestination {
    let taken = Mutex<[UInt8]>([])
    let isFull = Atomic<Bool>(false)
    let isStuck = Atomic<Bool>(false)
    var isSynchronized = true

    func append(_ bytes: UnsafeRawBufferPointer) throws {
      while isStuck.load(ordering: .relaxed) { Thread.sleep(forTimeInterval: 1e-3) }
      guard !isFull.load(ordering: .relaxed) else { throw UserError.unwritable("disk", .noSpace) }
      taken.withLock { $0 += bytes }
    }
    func synchronize() throws {}
    func close() throws {}
  }

  @Test func `by a slow disk without waiting for it, and what has no room is counted`() throws {
    let disk = Disk()
    disk.isStuck.store(true, ordering: .relaxed)
    var options = RequestLogOptions(folder: "")
    options.queue = 10
    let log = RequestLog(options, into: disk) { _ in }
    let taken = (0..<30).filter { log.add([scored("r\($0)")]) }
    #expect(taken == Array(0..<10))
    #expect(log.current.overflowed == 20 && log.current.waiting == 10)
    disk.isStuck.store(false, ordering: .relaxed)
    log.close()
    #expect(disk.taken.withLock { $0.count { $0 == UInt8(ascii: "\n") } } == 10)
    #expect(!log.add([scored("late")]))
  }

  @Test func `again once a full disk has room, with what was lost meanwhile counted`() throws {
    let disk = Disk()
    disk.isFull.store(true, ordering: .relaxed)
    let told = Mutex<[String]>([])
    var options = RequestLogOptions(folder: "")
    options.gather = 0
    let log = RequestLog(options, into: disk) { text in told.withLock { $0.append(text) } }
    for number in 0..<5 {
      #expect(log.add([scored("r\(number)")]))
      while log.current.waiting > 0 { Thread.sleep(forTimeInterval: 1e-4) }
    }
    disk.isFull.store(false, ordering: .relaxed)
    #expect(log.add([scored("after")]))
    log.close()
    #expect(log.current.failed == 5 && log.current.scored == 1)
    #expect(disk.taken.withLock { String(decoding: $0, as: UTF8.self) }.contains("\"after\""))
    #expect(told.withLock { $0.count } == 2 && told.withLock { $0[0] }.contains("no space"))
  }

  @Test func `of a share of the requests by their ids alone`() throws {
    var options = RequestLogOptions(folder: try temporaryFolder())
    options.share = 0.3
    let log = try RequestLog(options) { _ in }
    let kept = (0..<2000).count { log.keeps("r\($0)") }
    #expect((520...680).contains(kept))
    #expect((0..<100).allSatisfy { log.keeps("r\($0)") == log.keeps("r\($0)") })
    log.close()
  }

  @Test func `nowhere where no folder can be`() throws {
    let file = try temporaryFolder() + "/file"
    _ = FileManager.default.createFile(atPath: file, contents: nil)
    #expect(throws: UserError.self) {
      _ = try RequestLog(RequestLogOptions(folder: file)) { _ in }
    }
  }
}
