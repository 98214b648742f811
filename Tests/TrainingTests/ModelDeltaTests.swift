import DeepFMKit
import Foundation
import Testing

@testable import Datasets
@testable import Features
@testable import Training

/// What changed from one model to the next, as a file.
@Suite struct ModelDeltaTests {
  /// Two days' models: the second has new users and items, and some have expired.
  static func days(
    _ name: String, _ optimizer: OptimizerName = OptimizerName(Adam.self)
  ) throws -> (TrainedModel, TrainedModel) {
    let settings = GrownModelTests.configuration(name, optimizer)
    let (first, _) = try GrownModelTests.train(GrownModelTests.day(0..<30), settings)
    let (second, growth) = try GrownModelTests.train(
      GrownModelTests.day(25..<40), settings, from: first,
      GrownModelTests.growing(first, expireAfter: 1))
    #expect(growth.map { $0.admitted > 0 && $0.expired > 0 } == true)
    return (first, second)
  }

  @Test(arguments: ["fm", "deepfm-d", "fm-dnn", "deepfm-p"])
  func `base and delta give the model byte for byte`(name: String) throws {
    try withTemporaryFolder { folder in
      let (first, second) = try Self.days(name)
      try first.write(to: folder + "/first")
      try second.write(to: folder + "/second")
      let delta = try ModelDelta(from: first, to: second)
      try delta.write(to: folder + "/delta")
      let read = try ModelDelta(contentsOf: folder + "/delta")
      let result = try read.applied(
        to: TrainedModel(contentsOf: folder + "/first"), named: "delta")
      #expect(result == second)
      try result.write(to: folder + "/result")
      #expect(try contents(of: folder + "/result") == contents(of: folder + "/second"))
      let hash = try contents(of: folder + "/second").withUnsafeBytes { XXH64.hash($0) }
      #expect(read.result.hash == hexadecimal(hash))
      #expect(try read.result.size == contents(of: folder + "/second").count)
      // Rows that nobody met are not in it.
      #expect(read.changedRows.changed < read.changedRows.all)
      #expect(read.changedValues > 0)
    }
  }

  @Test(arguments: [OptimizerName(FTRL.self), OptimizerName(RowwiseAdagrad.self)])
  func `so with every kind of optimizer's numbers, and without them`(
    optimizer: OptimizerName
  ) throws {
    let (first, second) = try Self.days("deepfm-d", optimizer)
    let whole = try ModelDelta(from: first, to: second)
    #expect(try whole.applied(to: first, named: "") == second)
    let bare = try ModelDelta(from: first.withoutOptimizer, to: second.withoutOptimizer)
    #expect(try bare.applied(to: first.withoutOptimizer, named: "") == second.withoutOptimizer)
    // The one without applies to the base with its numbers as well.
    #expect(try bare.applied(to: first, named: "") == second.withoutOptimizer)
    #expect(throws: UserError.self) { try whole.applied(to: first.withoutOptimizer, named: "") }
    // And back: what grew shrinks.
    let back = try ModelDelta(from: second, to: first)
    #expect(try back.applied(to: second, named: "") == first)
  }

  @Test func `another base is refused by name`() throws {
    let (first, second) = try Self.days("fm")
    let delta = try ModelDelta(from: first, to: second)
    let error = #expect(throws: UserError.self) {
      try delta.applied(to: second, named: "tuesday.delta")
    }
    #expect(error.map { "\($0)" }?.contains("tuesday.delta") == true)
    #expect(error?.found.contains("another model") == true)
  }

  @Test func `models of other kinds and sizes have a delta too`() throws {
    let (first, second) = (try Self.days("fm").0, try Self.days("deepfm-d").1)
    #expect(try ModelDelta(from: first, to: second).applied(to: first, named: "") == second)
  }

  @Test func `a delta that is damaged anywhere is refused in one line with its name`() throws {
    try withTemporaryFolder { folder in
      let (first, second) = try Self.days("lr")
      let path = folder + "/delta"
      try ModelDelta(from: first, to: second).write(to: path)
      let whole = try contents(of: path)
      for place in stride(from: 0, to: whole.count, by: max(whole.count / 37, 1)) {
        var bytes = whole
        bytes[place] ^= 0x20
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        let error = #expect(throws: UserError.self) { try ModelDelta(contentsOf: path) }
        #expect(error.map { "\($0)" }?.hasPrefix(path) == true)
        try Data(whole.prefix(place)).write(to: URL(fileURLWithPath: path))
        #expect(throws: UserError.self) { try ModelDelta(contentsOf: path) }
      }
    }
  }
}
