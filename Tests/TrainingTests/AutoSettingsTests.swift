import Data
import DeepFMKit
import Testing

/// Settings that the log decides.
@Suite struct AutoSettingsTests {
  private let small = LogFacts(rows: 10_000, rare: 1_500, features: 400, rowsPerID: 500)
  private let layout = BatchLayout(
    features: 400, fields: 2, slotFields: [0, 1], weighted: false,
    fieldFeatures: [0..<300, 300..<400])

  private func configuration(_ yaml: String) throws -> TrainingConfiguration {
    try TrainingConfiguration(TrainingSettings(yaml: yaml, name: "config.yaml"))
  }

  @Test func `what is not given is left to the log`() throws {
    let open = try configuration("model: deepfm-d")
    #expect(open.preset == .auto && !open.yaml.contains("dropout"))
    #expect(try configuration(open.yaml) == open)
    let chosen = open.chosen(for: small)
    #expect(chosen.yaml.contains("dropout") && chosen.sizes.hidden != open.sizes.hidden)
    #expect(
      chosen.chosen(for: LogFacts(rows: 1_000_000, rare: 9, features: 9, rowsPerID: 9)) == chosen)
    #expect(try configuration(chosen.yaml) == chosen)
  }

  @Test func `what is given stays, by a user or by a program`() throws {
    let given = try configuration("hidden: [400, 400, 400]\nkeep_probability: 0.9")
    let chosen = given.chosen(for: small)
    #expect(chosen.sizes.hidden == [400, 400, 400] && chosen.sizes.dropout == given.sizes.dropout)
    var program = TrainingConfiguration(model: "fm", preset: .auto)
    program.batchSize = 77
    #expect(program.chosen(for: small).batchSize == 77)
  }

  @Test(arguments: Preset.allCases.filter { $0 != .auto })
  func `other presets are the same on every log`(preset: Preset) throws {
    let settings = try configuration("preset: \(preset.rawValue)")
    #expect(
      settings.chosen(for: small) == settings && settings.choice(for: small, layout: layout) == nil)
  }

  @Test func `the choice is said with its reason`() throws {
    let line = try #require(try configuration("dropout: 0.4").choice(for: small, layout: layout))
    #expect(line.contains("10000 training rows") && line.contains("batch_size 64"))
    #expect(!line.contains("dropout"))
  }

  @Test(arguments: [
    ("lr", ["wide_l2"]), ("fm", ["wide_l2", "embedding_l2"]),
    ("deepfm-d", ["hidden", "dropout", "batch_norm", "wide_l2", "embedding_l2"]),
    ("finalmlp", ["hidden", "second_hidden", "dropout", "batch_norm", "embedding_l2"]),
  ])
  func `of what the model has`(model: String, keys: [String]) throws {
    let line = try #require(try configuration("model: \(model)").choice(for: small, layout: layout))
    let told = try #require(line.firstRange(of: "): ")).upperBound
    let found = line[told...].split(separator: "; ")[0].split(separator: ", ").map {
      $0.split(separator: " ")[0]
    }
    #expect(
      Set(found.filter { !$0.allSatisfy { "0123456789]".contains($0) } }.map(String.init))
        == Set(keys + ["batch_size", "averaging_epochs"]))
  }

  @Test func `batches grow with the log and keep within bounds`() {
    let sizes = [100, 5_000, 40_000, 200_000, 100_000_000].map { rows in
      TrainingConfiguration(preset: .auto)
        .chosen(for: LogFacts(rows: rows, rare: rows / 4, features: 1_000, rowsPerID: 20)).batchSize
        ?? 0
    }
    #expect(sizes == sizes.sorted() && sizes.first == 64 && sizes.last == 4096)
  }
}
