import Data
import DeepFMKit
import OpenCL
import Random
import Support
import Testing

@testable import Operators
@testable import Training

/// Trainings whose rows stay on the device, to the bytes of those whose batches are sent, on whatever device is at hand
/// with a GPU's choices.
@Suite struct KeptRowTests {
  /// Fields, a list and a number, and sample weights.
  private static func data(_ configuration: TrainingConfiguration) throws -> TrainingData {
    var random = RandomStream(seed: 5, purpose: "kept rows")
    func rows(_ count: Int) -> LogSource {
      LogSource.rows(
        columns: ["click", "user", "tags", "age", "weight"],
        (0..<count).map { _ in
          let (user, tag) = (random.nextWord() % 50, random.nextWord() % 20)
          return [
            (user + tag) % 3 == 0 ? "1" : "0", "u\(user)", "t\(tag)|t\(random.nextWord() % 20)",
            "\(random.nextWord() % 80)", "\(1 + random.nextWord() % 3)",
          ]
        })
    }
    var schema = Schema()
    schema.label = Schema.Label(column: "click")
    schema.weight = "weight"
    schema.fields = [.categorical("user"), .multivalued("tags"), .numeric("age")]
    return try TrainingData(
      training: [rows(1400)], validation: [rows(150)], schema: schema, configuration: configuration)
  }

  private static func train(
    _ data: TrainingData, _ configuration: TrainingConfiguration, _ rows: RowPlacement,
    longestPiece: Int? = nil
  ) throws -> (model: TrainedModel, plan: MemoryPlan) {
    let tuning = KernelLibrary.Tuning(kind: .gpu, floatVectorWidth: 1, computeUnits: 2)
    let backend = try OpenCLBackend(
      Device.select(), products: .own, profiling: false, tuning: tuning)
    (backend.rowPlacement, backend.longestPieceOfRows) = (rows, longestPiece)
    let trainer = try Trainer(data, configuration: configuration, backend: backend)
    return (try trainer.run().model, trainer.plan)
  }

  private static func configuration(_ pieces: Int?) -> TrainingConfiguration {
    var configuration = smallConfiguration("deepfm-d")
    // Many, so that places are taken again while others are on their way.
    configuration.batchSize = 16
    (configuration.epochs, configuration.virtualRanks) = (2, pieces)
    return configuration
  }

  @Test(arguments: [nil, 2]) func `the model is that of batches that are sent`(pieces: Int?) throws
  {
    let configuration = Self.configuration(pieces)
    let data = try Self.data(configuration)
    let sent = try Self.train(data, configuration, .host)
    #expect(sent.plan.total(of: .rows) == 0)
    // In one buffer and in several: a row has an id and a value in each of 4 slots, a label and a weight.
    for longest in [nil, 6000] {
      let kept = try Self.train(data, configuration, .device, longestPiece: longest)
      #expect(try kept.model.bytes() == sent.model.bytes())
      #expect(kept.plan.total(of: .rows) == (1400 + 150) * 4 * (2 * 4 + 2))
    }
  }

  @Test func `rows that do not fit are refused where they are asked for`() throws {
    let configuration = Self.configuration(nil)
    let data = try Self.data(configuration)
    let tuning = KernelLibrary.Tuning(kind: .gpu, floatVectorWidth: 1, computeUnits: 2)
    let backend = try OpenCLBackend(
      Device.select(), products: .own, profiling: false, tuning: tuning)
    let plan = try Trainer(data, configuration: configuration, backend: backend).plan
    backend.rowPlacement = .device
    backend.mostMemory = plan.total + 20_000
    let error = #expect(throws: UserError.self) {
      try Trainer(data, configuration: configuration, backend: backend)
    }
    #expect(
      error?.file == "--rows-on device" && error?.found.contains("MiB of rows beside") == true)
  }

  @Test func `a device that works in the host's memory keeps no rows`() throws {
    let configuration = Self.configuration(nil)
    let data = try Self.data(configuration)
    let backend = try OpenCLBackend(Device.select("cpu"))
    backend.rowPlacement = .device
    let error = #expect(throws: UserError.self) {
      try Trainer(data, configuration: configuration, backend: backend)
    }
    #expect(error?.found.contains("(CPU)") == true)
  }
}
