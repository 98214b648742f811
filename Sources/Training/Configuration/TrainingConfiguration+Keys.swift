import Models
import Operators

extension TrainingConfiguration {
  /// A key of the configuration, in YAML and as a flag.
  package struct Key: Sendable {
    /// The key, in snake case.
    package let name: String
    /// What it sets, in half a line.
    package let help: String
    /// What its value must be.
    package var expected: String { describe() }

    private let describe: @Sendable () -> String
    /// Whether it is for users to set; else a training sets it.
    package private(set) var isSettable = true
    let read: @Sendable (String, inout TrainingConfiguration) -> Bool
    /// The value that a configuration has, as it is written; nil for none.
    package let text: @Sendable (TrainingConfiguration) -> String?

    /// A key with a value.
    fileprivate init<Value: ConfigurationValue>(
      _ name: String, _ path: any WritableKeyPath<TrainingConfiguration, Value> & Sendable,
      _ help: String,
      expected: @autoclosure @escaping @Sendable () -> String = Value.expected,
      where isValid: @escaping @Sendable (Value) -> Bool = { _ in true }
    ) {
      self.init(name, help, expected, isValid, text: { $0[keyPath: path].text }) {
        $0[keyPath: path] = $1
      }
    }

    /// Another way of setting what a key of its own is written as.
    fileprivate init<Value: ConfigurationValue>(
      reading name: String, as other: String,
      _ path: any WritableKeyPath<TrainingConfiguration, Value> & Sendable,
      _ help: String, expected: @autoclosure @escaping @Sendable () -> String,
      where isValid: @escaping @Sendable (Value) -> Bool
    ) {
      self.init(name, help, expected, isValid, text: { _ in nil }) {
        $0[keyPath: path] = $1
        $0.open.remove(other)
      }
    }

    /// A key that is not written where it has its usual value.
    fileprivate init<Value: ConfigurationValue & Equatable>(
      unless usual: Value, _ name: String,
      _ path: any WritableKeyPath<TrainingConfiguration, Value> & Sendable, _ help: String
    ) {
      self.init(
        name, help, { Value.expected }, { _ in true },
        text: { $0[keyPath: path] == usual ? nil : $0[keyPath: path].text }
      ) { $0[keyPath: path] = $1 }
    }

    /// A key that may be left without a value.
    fileprivate init<Value: ConfigurationValue>(
      _ name: String, _ path: any WritableKeyPath<TrainingConfiguration, Value?> & Sendable,
      _ help: String,
      expected: @autoclosure @escaping @Sendable () -> String = Value.expected,
      where isValid: @escaping @Sendable (Value) -> Bool = { _ in true }
    ) {
      self.init(name, help, expected, isValid, text: { $0[keyPath: path]?.text }) {
        $0[keyPath: path] = $1
      }
    }

    /// What a training sets, written where there are any.
    fileprivate init(
      frozen name: String,
      _ path: any WritableKeyPath<TrainingConfiguration, [Int]> & Sendable, _ help: String
    ) {
      self.init(
        name, help, { [Int].expected }, { $0.allSatisfy { $0 >= 0 } },
        text: { $0[keyPath: path].isEmpty ? nil : $0[keyPath: path].text }
      ) { $0[keyPath: path] = $1 }
      isSettable = false
    }

    private init<Value: ConfigurationValue>(
      _ name: String, _ help: String, _ expected: @escaping @Sendable () -> String,
      _ isValid: @escaping @Sendable (Value) -> Bool,
      text: @escaping @Sendable (TrainingConfiguration) -> String?,
      set: @escaping @Sendable (inout TrainingConfiguration, Value) -> Void
    ) {
      self.name = name
      self.help = help
      describe = expected
      self.text = text
      read = { text, configuration in
        guard let value = Value(text: text), isValid(value) else { return false }
        set(&configuration, value)
        configuration.open.remove(name)
        return true
      }
    }
  }

  /// All keys, in the order a configuration is written.
  package static let keys: [Key] = sizeKeys + optimizerKeys + scheduleKeys

  /// Those that are for users to set.
  package static let settableKeys = keys.filter(\.isSettable)

  private static let sizeKeys: [Key] = [
    Key(
      "model", \.model, "the model",
      expected: "one of " + ModelRegistry.all.map { $0.name }.joined(separator: ", "),
      where: { ModelRegistry.type(named: $0) != nil }),
    Key("preset", \.preset, "what the other settings are changes to"),
    Key(
      "embedding_size", \.sizes.embeddingSize, "length of a feature's embedding vector",
      expected: "a whole number from 1 to 4096", where: { (1...4096).contains($0) }),
    Key(
      "embedding_sizes", \.embeddingSizes,
      "fewer numbers for the vectors of some fields, as gender=2,item=8, or by-values: by how many values a field has"
    ),
    Key(
      frozen: "field_sizes", \.sizes.fieldSizes,
      "the numbers of each field's vectors, as embedding_sizes has them"),
    Key(
      "vectors", \.vectors,
      "files of vectors by value that fields start with or keep, as item=items.npz or item=items.npz:frozen"
    ),
    Key(
      frozen: "frozen_fields", \.sizes.frozenFields,
      "the numbers of the fields whose vectors are kept, as vectors has them"),
    Key("embedding_initializer", \.sizes.embeddingInitializer, "how the embedding starts"),
    Key(
      "embedding_deviation", \.sizes.embeddingDeviation,
      "standard deviation of initial embedding values", expected: nonNegative, where: { $0 >= 0 }),
    Key(
      "hidden", \.sizes.hidden, "widths of the hidden layers",
      expected: "widths from 1 to 65536 separated by commas",
      where: { $0.allSatisfy { (1...65536).contains($0) } }),
    Key("hidden_initializer", \.sizes.hiddenInitializer, "how the hidden layers' weights start"),
    Key("activation", \.sizes.activation, "activation of the hidden layers"),
    Key(
      "dropout", \.sizes.dropout, "probability of dropping a hidden unit in training",
      expected: "a number from 0 to below 1", where: { (0..<1).contains($0) }),
    Key(
      reading: "keep_probability", as: "dropout", \.sizes.keepProbability,
      "probability of keeping a hidden unit, the paper's dropout: 1 - dropout",
      expected: "a number above 0, at most 1", where: { $0 > 0 && $0 <= 1 }),
    Key("batch_norm", \.sizes.batchNorm, "batch normalisation before each hidden activation"),
    Key("product_form", \.sizes.productForm, "how product layers are computed"),
    Key(
      "cross_layers", \.sizes.crossLayers, "layers of dcn-v2, gdcn and edcn",
      expected: "a whole number from 1 to 64", where: { (1...64).contains($0) }),
    Key(
      "cross_form", \.sizes.crossForm, "where the deep network of dcn-v2 and gdcn is"),
    Key(
      "gate_temperature", \.sizes.gateTemperature,
      "temperature of edcn's gates of fields, where it has no batch norm",
      expected: positive, where: { $0 > 0 }),
    Key(
      "second_hidden", \.sizes.secondHidden,
      "widths of the hidden layers of the second block of finalnet, or network of finalmlp",
      expected: "widths from 1 to 65536 separated by commas",
      where: { $0.allSatisfy { (1...65536).contains($0) } }),
    Key(
      "field_gate", \.sizes.fieldGate, "gates on the embedding in finalnet and finalmlp"),
    Key(
      "fusion_heads", \.sizes.fusionHeads, "heads of finalmlp's bilinear form",
      expected: "a whole number from 1 to 4096", where: { (1...4096).contains($0) }),
    Key(
      "quadratic_layers", \.sizes.quadraticLayers, "layers of qnn",
      expected: "a whole number from 1 to 64", where: { (1...64).contains($0) }),
    Key(
      "quadratic_factors", \.sizes.quadraticFactors, "factors added up in a layer of qnn",
      expected: "a whole number from 1 to 256", where: { (1...256).contains($0) }),
    Key(
      "self_ensemble", \.selfEnsemble,
      "pass each batch twice, and hold both passes against their mean: for models with dropout"),
  ]

  private static let optimizerKeys: [Key] =
    [
      Key("optimizer", \.optimizer, "optimizer of all parameters"),
      Key(
        "learning_rate", \.learningRate, "learning rate (the optimizer's usual one if not set)",
        expected: positive, where: { $0 > 0 }),
    ]
    + groupKeys(
      "wide", \.wide.optimizer, \.wide.learningRate, \.wide.l2, "the first-order weights")
    + groupKeys(
      "embedding", \.embedding.optimizer, \.embedding.learningRate, \.embedding.l2,
      "the embedding")
    + groupKeys("deep", \.deep.optimizer, \.deep.learningRate, \.deep.l2, "the deep part")
    + [
      Key(
        "ftrl_beta", \.ftrlBeta, "FTRL's beta", expected: nonNegative, where: { $0 >= 0 }),
      Key("ftrl_l1", \.ftrlL1, "FTRL's lambda 1", expected: nonNegative, where: { $0 >= 0 }),
      Key("ftrl_l2", \.ftrlL2, "FTRL's lambda 2", expected: nonNegative, where: { $0 >= 0 }),
      Key("tables", \.tables, "rows of the tables that a step updates and L2 acts on"),
      Key(
        unless: .float32, "table_precision", \.tablePrecision,
        "what the device keeps tables and their optimizers' state in: float32, or bfloat16, in half the "
          + "memory"),
      Key(
        "clip_norm", \.clipNorm, "bound on the gradient's norm (0: none)", expected: nonNegative,
        where: { $0 >= 0 }),
      Key(
        "row_clip", \.rowClip,
        "CowClip's bound on a table row's gradient, for each occurrence of its id, as a share of the "
          + "row's norm (0: none)", expected: nonNegative, where: { $0 >= 0 }),
      Key(
        "row_clip_floor", \.rowClipFloor, "least bound of row_clip", expected: nonNegative,
        where: { $0 >= 0 }),
      Key(
        "row_decay", \.rowDecay,
        "alpha: a table row that rested for n steps shrinks by min(1, alpha n) when it is met again (0: none); "
          + "updates touched rows only",
        expected: nonNegative, where: { $0 >= 0 }),
    ]

  private static func groupKeys(
    _ group: String,
    _ optimizer: any WritableKeyPath<TrainingConfiguration, OptimizerName?> & Sendable,
    _ rate: any WritableKeyPath<TrainingConfiguration, Float?> & Sendable,
    _ l2: any WritableKeyPath<TrainingConfiguration, Float> & Sendable, _ subject: String
  ) -> [Key] {
    [
      Key("\(group)_optimizer", optimizer, "optimizer of \(subject)"),
      Key(
        "\(group)_learning_rate", rate, "learning rate of \(subject)", expected: positive,
        where: { $0 > 0 }),
      Key(
        "\(group)_l2", l2, "L2 on \(subject)", expected: nonNegative, where: { $0 >= 0 }),
    ]
  }

  private static let scheduleKeys: [Key] = [
    Key(
      "batch_size", \.batchSize, "samples a step (chosen by the number of rows if not set)",
      expected: "a whole number from 1 to 1048576", where: { (1...1_048_576).contains($0) }),
    Key(
      "base_batch_size", \.baseBatchSize,
      "batch size that the rates are meant for: with another, the deep part's grows with the root of "
        + "their ratio, the tables' L2 with the ratio",
      expected: "a whole number from 1 to 1048576", where: { (1...1_048_576).contains($0) }),
    Key(
      "warm_up_epochs", \.warmUpEpochs, "epochs over which the learning rate rises from 0",
      expected: "a number from 0 to 1000000", where: { (0...1e6).contains($0) }),
    Key("warm_up_parts", \.warmUpParts, "parts whose learning rate is warmed up"),
    Key(
      "negative_rate", \.negativeRate,
      "share of the training rows without click to keep; probabilities are corrected for it",
      expected: "a number above 0, at most 1", where: { $0 > 0 && $0 <= 1 }),
    Key(
      "recalibrate", \.recalibrates,
      "multiply the odds of all probabilities by one factor, so that as many clicks are predicted for the "
        + "validation rows as they have"),
    Key(
      "virtual_ranks", \.virtualRanks,
      "pieces of a batch, whose sums make the model the same for any number of ranks up to it (none in one "
        + "process, 8 under mpirun if not set)", expected: "1, 2, 4, 8, 16, 32 or 64",
      where: { [1, 2, 4, 8, 16, 32, 64].contains($0) }),
    Key(
      "averaging_epochs", \.averagingEpochs,
      "epochs over whose weights the model is an average, old ones with ever smaller shares (0: none)",
      expected: "a number from 0 to 1000", where: { (0...1000).contains($0) }),
    Key(
      "epochs", \.epochs, "most epochs", expected: "a whole number from 1 to 1000000",
      where: { (1...1_000_000).contains($0) }),
    Key(
      "pretraining_epochs", \.pretrainingEpochs,
      "most epochs of the FM that fnn starts from (0: none)",
      expected: "a whole number from 0 to 1000000", where: { (0...1_000_000).contains($0) }),
    Key("seed", \.seed, "seed of initial values, dropout, shuffling and split"),
    Key("monitor", \.monitor, "what decides which epoch is the best"),
    Key(
      "patience", \.patience, "epochs in a row that may fail to improve (0: all epochs)",
      expected: "0 or more", where: { $0 >= 0 }),
    Key(
      "learning_rate_patience", \.learningRatePatience,
      "epochs in a row that fail to improve before the learning rate is lowered",
      expected: "a whole number above 0", where: { $0 > 0 }),
    Key(
      "return_to_best", \.returnsToBest,
      "go on from the best epoch's weights when the learning rate is lowered"),
    Key(
      "learning_rate_drop", \.learningRateDrop, "factor on the learning rate when it is lowered",
      expected: "a number above 0, at most 1", where: { $0 > 0 && $0 <= 1 }),
    Key(
      "learning_rate_floor", \.learningRateFloor, "least learning rate", expected: nonNegative,
      where: { $0 >= 0 }),
    Key(
      "valid_fraction", \.validFraction,
      "part of the training rows held out where no validation rows are given",
      expected: "a number from 0 to 0.9", where: { (0...0.9).contains($0) }),
  ]

  private static let positive = "a number above 0"
  private static let nonNegative = "a number that is not negative"
}
