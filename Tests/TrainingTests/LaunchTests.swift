import Data
import DeepFMKit
import OpenCL
import Testing

@testable import Operators

/// What a step gives a GPU, seen on whatever device is at hand with a GPU's choices. More than is said here is more
/// than there was: a launch costs a GPU as much as reading ten megabytes.
@Suite struct LaunchTests {
  /// The commands of a step on rows like Criteo's: 39 fields, a million features, of which numbers are as few as
  /// launches allow for.
  private func commands(_ model: String, whole: Bool = false) throws -> [Command] {
    let tuning = KernelLibrary.Tuning(kind: .gpu, floatVectorWidth: 1, computeUnits: 132)
    let backend = try OpenCLBackend(
      Device.select(), products: .own, profiling: true, tuning: tuning)
    var configuration = TrainingConfiguration(model: model)
    configuration.sizes.embeddingSize = 2
    configuration.sizes.hidden = [20, 20, 20]
    configuration.batchSize = 512
    if !whole {
      configuration.sizes.batchNorm = false
      configuration.sizes.dropout = 0
      (configuration.wide.l2, configuration.embedding.l2) = (0, 0)
      configuration.clipNorm = 0
      configuration.tables = .touched
    }
    let layout = BatchLayout(
      features: 1_000_000, fields: 39, slotFields: Array(0..<39), weighted: false)
    let network = try configuration.trainingNetwork(layout: layout, rows: 512, on: backend)
    let batch = Batch(
      layout: layout, ids: (0..<512 * 39).map { Int32($0 * 7919 % 1_000_000) },
      labels: (0..<512).map { Float($0 % 2) })
    try network.train(batch)
    _ = try backend.queue.commands()
    try network.train(batch)
    return try backend.queue.commands()
  }

  @Test func `a step of DeepFM is 34 launches and the batch's two writes`() throws {
    let commands = try commands("deepfm-d")
    #expect(commands.filter { $0.name.hasPrefix("write ") }.count == 2)
    #expect(commands.count == 34 + 2, "\(commands.map(\.name))")
  }

  @Test func `with the defaults of a training it is 54`() throws {
    let commands = try commands("deepfm-d", whole: true)
    #expect(commands.count == 54 + 2, "\(commands.map(\.name))")
  }
}
