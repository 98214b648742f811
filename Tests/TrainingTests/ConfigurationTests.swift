import DeepFMKit
import Testing

@Suite struct ConfigurationTests {
  private func configuration(_ yaml: String) throws -> TrainingConfiguration {
    try TrainingConfiguration(TrainingSettings(yaml: yaml, name: "config.yaml"))
  }

  @Test func `YAML sets what it names and leaves the rest at its default`() throws {
    let found = try configuration(
      """
      model: FM
      preset: tuned
      hidden: [32, 16]
      batch_norm: yes
      learning_rate: 1e-2
      wide_optimizer: ftrl
      tables: touched
      monitor: auc-logloss
      seed: 18446744073709551615
      """)
    var expected = TrainingConfiguration(model: "fm")
    expected.sizes.hidden = [32, 16]
    expected.sizes.batchNorm = true
    expected.learningRate = 0.01
    expected.wide.optimizer = OptimizerName(FTRL.self)
    expected.tables = .touched
    expected.monitor = .aucMinusLogLoss
    expected.seed = .max
    #expect(found == expected)
  }

  @Test func `an empty file is the default`() throws {
    #expect(try configuration("") == TrainingConfiguration(preset: .auto))
    #expect(try configuration("# nothing yet\n") == TrainingConfiguration(preset: .auto))
    #expect(try configuration("preset: tuned") == TrainingConfiguration())
  }

  @Test func `flags win over the file`() throws {
    var settings = try TrainingSettings(
      yaml: "learning_rate: 0.5\nepochs: 7", name: "config.yaml")
    settings.set("learning_rate", to: "0.25", origin: "--learning-rate")
    let configuration = try TrainingConfiguration(settings)
    #expect(configuration.learningRate == 0.25)
    #expect(configuration.epochs == 7)
  }

  @Test(arguments: ["", "model: fm", "model: lr\noptimizer: ftrl\nhidden: []\nbatch_size: 8"])
  func `its YAML reads back as the same`(yaml: String) throws {
    let first = try configuration(yaml)
    #expect(try configuration(first.yaml) == first)
  }

  private static let mistakes: [(yaml: String, message: String)] = [
    (
      "epochs: 3\nlearning_rat: 1",
      """
      2:1: found unknown key "learning_rat", expected a key of the training configuration; \
      did you mean "learning_rate"?
      """
    ),
    (
      "batch_size: many",
      "1:1: found batch_size \"many\", expected a whole number from 1 to 1048576; correct it"
    ),
    ("dropout: 1", "1:1: found dropout \"1\", expected a number from 0 to below 1; correct it"),
    (
      "learning_rate: nan",
      "1:1: found learning_rate \"nan\", expected a number above 0; correct it"
    ),
    (
      "optimizer: adamx",
      "1:1: found optimizer \"adamx\", expected adam, adagrad, rowwise-adagrad, sgd, ftrl, adamw, amsgrad; correct it"
    ),
    (
      "hidden: {a: 1}",
      "1:9: found keys and values, expected a value; write key: value"
    ),
    ("just text", "1:1: found \"just text\", expected keys and values; write key: value lines"),
  ]

  @Test(arguments: mistakes)
  func `what is wrong is named with its place`(yaml: String, message: String) {
    #expect { try configuration(yaml) } throws: { "\($0)" == "config.yaml:" + message }
  }

  @Test func `an unknown model is answered with the models there are`() {
    #expect { try configuration("model: depfm-d") } throws: {
      let models = ModelRegistry.builtIn.map { $0.name }.joined(separator: ", ")
      return "\($0)".hasPrefix(
        "config.yaml:1:1: found model \"depfm-d\", expected one of \(models)")
        && "\($0)".hasSuffix("; did you mean \"deepfm-d\"?")
    }
  }

  @Test(arguments: ["seed: 1\nseed: 2", "epochs: [1", "a: b: c"])
  func `what is no YAML is refused in one line`(yaml: String) {
    #expect { try configuration(yaml) } throws: {
      "\($0)".hasPrefix("config.yaml:") && !"\($0)".contains("\n")
    }
  }

  @Test func `a flags error names the flag`() {
    var settings = TrainingSettings()
    settings.set("epochs", to: "0", origin: "--epochs")
    #expect { try TrainingConfiguration(settings) } throws: {
      "\($0)"
        == "--epochs: found epochs \"0\", expected a whole number from 1 to 1000000; correct it"
    }
  }

  @Test func `groups inherit optimizer and rate unless they have their own`() throws {
    let recipe = try configuration(
      """
      learning_rate: 0.5
      wide_optimizer: ftrl
      wide_l2: 0.125
      embedding_learning_rate: 0.25
      ftrl_l1: 2
      clip_norm: 0
      """
    ).recipe
    #expect(recipe.wide == Recipe.Group(FTRL(beta: 1e-3, l1: 2, l2: 0), rate: 0.1, l2: 0.125))
    #expect(recipe.embedding == Recipe.Group(Adam(), rate: 0.25, l2: 0.05))
    #expect(recipe.deep == Recipe.Group(Adam(), rate: 0.5))
    #expect(recipe.clipNorm == nil)
  }

  @Test func `defaults follow the model and are overridden`() throws {
    let fm = try configuration("embedding_l2: 0\nmodel: fm")
    #expect(fm.wide.l2 == TrainingConfiguration(model: "fm").wide.l2)
    #expect(fm.wide.l2 < TrainingConfiguration().wide.l2)
    #expect(fm.embedding.l2 == 0)
    #expect(fm.recipe.wide.rate > TrainingConfiguration().recipe.wide.rate)
    #expect(try configuration("model: lr\noptimizer: ftrl").effectiveLearningRate == 0.1)
    let adagrad = try configuration("optimizer: adagrad").recipe
    #expect(adagrad.wide.rate > adagrad.embedding.rate)
    let set = try configuration("optimizer: adagrad\nlearning_rate: 0.5").recipe
    #expect(set.wide.rate == 0.5 && set.embedding.rate == 0.5)
  }

  @Test(arguments: [(0, 32), (1_000, 32), (80_000, 2048), (10_000_000, 4096)])
  func `the batch size follows the rows unless it is set`(rows: Int, expected: Int) {
    var configuration = TrainingConfiguration()
    #expect(configuration.batchSize(forRows: rows) == expected)
    configuration.batchSize = 77
    #expect(configuration.batchSize(forRows: rows) == 77)
  }
}
