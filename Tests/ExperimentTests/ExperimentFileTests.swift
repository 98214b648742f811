import DeepFMKit
import Testing

@testable import Experiment

@Suite struct ExperimentFileTests {
  @Test func `settings of a model stand over those of all`() throws {
    let file = try ExperimentFile(
      yaml: """
        title: Two
        champion: DeepFM-D
        seeds: [3, 1]
        settings: {batch_size: 512, dropout: 0.3}
        models:
          lr:
          deepfm-d: {dropout: 0.1, hidden: [8, 8]}
          wide: {model: lr-dnn, embedding_size: 3}
        """, name: "two.yaml")
    #expect(file.title == "Two" && file.champion == "deepfm-d" && file.seeds == [3, 1])
    let variants = try file.variants()
    #expect(variants.map(\.name) == ["lr", "deepfm-d", "wide"])
    #expect(variants.map(\.configuration.model) == ["lr", "deepfm-d", "lr-dnn"])
    #expect(variants.map(\.configuration.batchSize) == [512, 512, 512])
    #expect(variants.map(\.configuration.sizes.dropout) == [0.3, 0.1, 0.3])
    #expect(variants[1].configuration.sizes.hidden == [8, 8])

    var flags = TrainingSettings()
    flags.set("dropout", to: "0", origin: "--dropout")
    let chosen = try file.variants(only: ["wide", "fm"], over: flags)
    #expect(chosen.map(\.name) == ["wide", "fm"])
    #expect(chosen.map(\.configuration.sizes.dropout) == [0, 0])
  }

  @Test func `an empty file means all models`() throws {
    #expect(
      try ExperimentFile(yaml: "", name: "e").variants().map(\.name)
        == ModelRegistry.all.map { $0.name })
  }

  private static let wrong: [(yaml: String, mentions: [String])] = [
    ("modles: [lr]", ["e.yaml:1:1", "\"modles\"", "did you mean \"models\"?"]),
    ("models: [deepfm]", ["e.yaml:1", "\"deepfm\"", "did you mean"]),
    ("models:\n  mine: {dropout: 0}", ["e.yaml:2", "\"mine\"", "model: …"]),
    ("models:\n  lr: {droput: 0}", ["e.yaml:2:8", "\"droput\"", "did you mean \"dropout\"?"]),
    ("models:\n  lr: {dropout: 2}", ["e.yaml:2", "\"2\"", "below 1"]),
    ("settings: {seed: 3}", ["e.yaml:1", "seed", "seeds"]),
    ("settings: {model: lr}", ["e.yaml:1", "model", "under models"]),
    ("seeds: [1, 1]", ["e.yaml:1", "a seed twice"]),
    ("seeds: [one]", ["e.yaml:1", "\"one\""]),
    ("models: []", ["e.yaml:1", "no models"]),
    ("models: [lr, LR]", ["e.yaml:1", "a model twice"]),
    ("space: {droput: [0]}", ["e.yaml:1", "\"droput\"", "did you mean \"dropout\"?"]),
    ("space: {dropout: [0, 0]}", ["e.yaml:1", "a value twice"]),
    ("space: {dropout: {from: 1, to: 0}}", ["e.yaml:1", "no range"]),
    ("space: {learning_rate: {from: 0, to: 1, scale: log}}", ["e.yaml:1", "no range"]),
    ("search: everywhere", ["e.yaml:1", "grid or random"]),
    ("halving: {factor: 1}", ["e.yaml:1", "at least 2"]),
    ("halving: {rounds: 1}", ["e.yaml:1", "\"rounds\""]),
    ("- lr", ["e.yaml:1", "found a list"]),
    ("a: [", ["e.yaml"]),
  ]

  @Test(arguments: wrong)
  func `what is wrong is named with its place`(yaml: String, mentions: [String]) {
    let error = #expect(throws: UserError.self) {
      try ExperimentFile(yaml: yaml, name: "e.yaml").variants()
    }
    for mention in mentions {
      #expect(error?.description.contains(mention) == true, "\(error?.description ?? "")")
    }
  }

  @Test func `a grid has every point and chance has none twice`() throws {
    let file = try ExperimentFile(
      yaml: """
        models: [fm, deepfm-d]
        space: {dropout: [0, 0.5], hidden: [[4], [8, 8]]}
        """, name: "e")
    let variants = try Study.variants(file, over: TrainingSettings(), seed: 1, origin: "e")
    #expect(variants.count == 8 && Set(variants.map(\.name)).count == 8)
    #expect(variants[7].configuration.sizes.dropout == 0.5)
    #expect(variants[7].configuration.sizes.hidden == [8, 8])
    #expect(variants[7].name == "deepfm-d dropout=0.5 hidden=8-8")

    let ranges = try ExperimentFile(
      yaml: """
        models: [fm]
        space: {learning_rate: {from: 1e-4, to: 1e-2, scale: log}, embedding_size: {from: 2, to: 5}}
        search: random
        samples: 30
        """, name: "e")
    let drawn = try Study.variants(ranges, over: TrainingSettings(), seed: 1, origin: "e")
    #expect(drawn.count == 30 && Set(drawn.map(\.point)).count == 30)
    #expect(drawn.allSatisfy { (2...5).contains($0.configuration.sizes.embeddingSize) })
    let rates = drawn.compactMap(\.configuration.learningRate)
    #expect(rates.allSatisfy { (0.99e-4...1.01e-2).contains($0) })
    #expect(rates.filter { $0 < 1e-3 }.count > 8, "half of a log scale lies below its middle")
    let again = try Study.variants(ranges, over: TrainingSettings(), seed: 1, origin: "e")
    #expect(drawn == again)

    let small = SearchSpace("dropout", ["0", "0.1"])
    #expect(small.sample(10, seed: 1).count == 2)
    #expect(throws: UserError.self) {
      var file = ranges
      file.search = SearchMethod()
      return try Study.variants(file, over: TrainingSettings(), seed: 1, origin: "e")
    }
  }

  @Test(arguments: StudyPreset.allCases)
  func `every preset is a space of valid settings`(preset: StudyPreset) throws {
    var file = try ExperimentFile(yaml: "models: [deepfm-d]", name: "e")
    file.space = preset.space
    let variants = try Study.variants(file, over: TrainingSettings(), seed: 1, origin: "e")
    #expect(variants.count >= 2 && Set(variants.map(\.configuration)).count == variants.count)
    let labels = variants.map { preset.label(of: $0.point[0].value) }
    #expect(Set(labels).count == labels.count, "\(labels)")
  }
}
