import Foundation
import OpenCL
import Testing

@testable import Operators

/// Where a step's time goes.
@Suite struct ProfileTests {
  @Test func `a profile has every section of a step, its work and its commands`() throws {
    let backend = try OpenCLBackend(Device.select(), profiling: true)
    let network = try Network.small(on: backend, recipe: .all(Adagrad(), l2: 0.1, clipNorm: 1))
    var number = 0
    let profile = try StepProfile.record(network, steps: 3) {
      number += 1
      return ParityLog().batch(rows: 64, number: number)
    }
    #expect(profile.rows == 64 && profile.steps == 3)
    let sections = profile.lines.filter { $0.command == nil }
    let names = sections.map(\.section)
    for name in [
      "embedding 2×4 forward", "dense 8×8 forward", "cross-entropy", "dense 8×8 backward",
      "gradient norm", "update of embedding",
    ] {
      #expect(names.contains(name), "\(name)")
    }
    let dense = try #require(sections.first { $0.section == "dense 8×8 forward" })
    #expect(dense.cost?.flops == Double(2 * 64 * 8 * 8))
    #expect(sections.allSatisfy { $0.commands >= 1 && $0.seconds >= 0 })
    #expect(profile.busy <= profile.seconds && profile.queueing <= profile.seconds)

    let trace = try #require(
      JSONSerialization.jsonObject(with: Data(profile.trace().utf8)) as? [String: Any])
    let events = try #require(trace["traceEvents"] as? [[String: Any]])
    let commands = events.filter { $0["cat"] as? String == "command" }
    #expect(commands.count == profile.commands.count)
    #expect(commands.allSatisfy { $0["ts"] as? Double ?? -1 >= 0 })
  }

  @Test func `without profiling nothing is kept`() throws {
    let backend = try OpenCLBackend(Device.select())
    try Network.small(on: backend).train(ParityLog().batch(rows: 64))
    #expect(try backend.queue.commands().isEmpty)
  }
}
