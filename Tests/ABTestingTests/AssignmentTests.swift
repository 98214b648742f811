import Assignment
import Support
import Testing

@Suite struct AssignmentTests {
  @Test(arguments: [
    ("seed", "a", 0.0505), ("seed", "b", 0.2696), ("foo", "ab", 0.2575), ("foo", "def", 0.2019),
    ("89123klj", "8952klfjas09ujkasdf", 0.1240), ("90850943850283058242805", "123", 0.7516),
  ])
  func `the second hash has its published values`(seed: String, unit: String, place: Double) {
    #expect(AssignmentHash.v2.place(of: unit.utf8, seed: seed) == place)
  }

  @Test(arguments: [("", "a", 0.220), ("b", "a", 0.946)])
  func `the first hash has its published values`(seed: String, unit: String, place: Double) {
    #expect(AssignmentHash.v1.place(of: unit.utf8, seed: seed) == place)
  }

  @Test func `arms take the first part of their stretches`() throws {
    let test = try ArmAssignment(seed: "s", arms: [("A", 1), ("B", 1)], coverage: 0.5)
    #expect(test.arms.map(\.places) == [0..<0.25, 0.5..<0.75])
  }

  @Test func `raising the coverage lets units in and moves none`() throws {
    let arms = [(name: "A", weight: 0.2), ("B", 0.5), ("C", 0.3)]
    let tests = try [0.1, 0.35, 0.8, 1].map {
      try ArmAssignment(seed: "rollout", arms: arms, coverage: $0)
    }
    var joined = 0
    for unit in 0..<20_000 {
      let found = tests.map { $0.arm(of: "u\(unit)") }
      for (earlier, later) in zip(found, found.dropFirst()) {
        #expect(earlier == nil || earlier == later)
        if earlier == nil && later != nil { joined += 1 }
      }
      #expect(found.last! != nil)
    }
    #expect(abs(Double(joined) - 0.9 * 20_000) < 300)
  }

  @Test func `tests in parts of a layer that do not overlap never meet, and each has its share`()
    throws
  {
    let first = try ArmAssignment(
      seed: "one", arms: [("A", 1), ("B", 1)], layer: .init("page", 0..<0.4))
    let second = try ArmAssignment(
      seed: "two", arms: [("A", 1), ("B", 1)], layer: .init("page", 0.4..<1))
    var counts = [0, 0]
    for unit in 0..<20_000 {
      let (a, b) = (first.arm(of: "\(unit)"), second.arm(of: "\(unit)"))
      #expect((a == nil) != (b == nil))
      counts[a == nil ? 1 : 0] += 1
    }
    #expect(abs(Double(counts[0]) - 8_000) < 350)
  }

  @Test func `what is no assignment is refused`() {
    #expect(throws: UserError.self) { try ArmAssignment(seed: "", arms: [("A", 1)]) }
    #expect(throws: UserError.self) { try ArmAssignment(seed: "s", arms: []) }
    #expect(throws: UserError.self) { try ArmAssignment(seed: "s", arms: [("A", 1), ("A", 1)]) }
    #expect(throws: UserError.self) { try ArmAssignment(seed: "s", arms: [("A", 0)]) }
    #expect(throws: UserError.self) {
      try ArmAssignment(seed: "s", arms: [("A", 1)], coverage: 1.1)
    }
    #expect(throws: UserError.self) {
      try ArmAssignment(seed: "s", arms: [("A", 1)], layer: .init("l", 0.5..<1.5))
    }
  }
}
