import Operators

/// What several models are composed of.
extension Graph {
  /// An embedding of the raw fields, [rows × fields·k]; those of `ModelConfiguration.frozenFields` are not trained, and of
  /// `ModelConfiguration.fieldSizes` each field has its first numbers, with zeros behind them.
  public mutating func fieldEmbedding(
    _ configuration: ModelConfiguration, name: String = "embedding"
  ) -> Value {
    let (width, sizes) = (configuration.embeddingSize, configuration.fieldSizes)
    var initializer = configuration.embeddingInitializer.initializer(
      deviation: configuration.embeddingDeviation)
    if !sizes.isEmpty, let features = layout.fieldFeatures {
      initializer = .shortened(
        initializer, zip(features, sizes).map { .init(rows: $0, length: $1) })
    }
    var embedding = embedding(name, width: width, initializer: initializer)
    if !configuration.frozenFields.isEmpty {
      embedding = frozenFields("\(name).frozen", embedding, fields: configuration.frozenFields)
    }
    guard !sizes.isEmpty else { return embedding }
    let isKept = sizes.flatMap { size in (0..<width).map { $0 < size } }
    return columnMask("\(name).sizes", embedding, keeping: isKept)
  }

  /// A deep network: the hidden layers `deep.0`, `deep.1`, … (product, batch norm where asked for,
  /// activation, dropout) and the linear output `deep.output`.
  ///
  /// - Parameters:
  ///   - input: a⁰, [rows × any width].
  ///   - terms: what is added to the first layer's product with its input; called with the layer's
  ///     width, returns values of this width.
  /// - Returns: [rows × 1].
  public mutating func network(
    of input: Value, _ configuration: ModelConfiguration,
    adding terms: (_ graph: inout Graph, _ width: Int) -> [Value] = { _, _ in [] }
  ) -> Value {
    var top = input
    for (index, width) in configuration.hidden.enumerated() {
      let terms = index == 0 ? terms(&self, width) : []
      top = hiddenLayer("deep.\(index)", top, width: width, configuration, adding: terms)
    }
    let output = dense(
      "deep.output", top, outputs: 1, initializer: configuration.hiddenInitializer.layer)
    let terms = configuration.hidden.isEmpty ? terms(&self, 1) : []
    return terms.isEmpty ? output : sum([output] + terms)
  }

  /// The hidden layers `name.0`, `name.1`, … of these widths.
  ///
  /// - Returns: as wide as the last; the input where there is none.
  mutating func hiddenLayers(
    _ name: String, of input: Value, _ widths: [Int], _ configuration: ModelConfiguration
  ) -> Value {
    widths.enumerated().reduce(input) { top, layer in
      hiddenLayer("\(name).\(layer.offset)", top, width: layer.element, configuration, adding: [])
    }
  }

  /// One hidden layer: product and terms, batch norm where asked for, activation, dropout.
  private mutating func hiddenLayer(
    _ name: String, _ input: Value, width: Int, _ configuration: ModelConfiguration,
    adding terms: [Value]
  ) -> Value {
    let initializer = configuration.hiddenInitializer.layer
    if terms.isEmpty, !configuration.batchNorm {
      return dense(
        name, input, outputs: width, activation: configuration.activation,
        dropout: configuration.dropout, initializer: initializer)
    }
    // Batch norm has a shift of its own.
    let product = dense(
      name, input, outputs: width, bias: !configuration.batchNorm, initializer: initializer)
    let total = terms.isEmpty ? product : sum([product] + terms)
    return epilogue("\(name).norm", total, configuration)
  }

  /// What follows a hidden layer's sum: batch norm where asked for, activation, dropout.
  mutating func epilogue(
    _ name: String, _ sum: Value, _ configuration: ModelConfiguration
  ) -> Value {
    let (activation, dropout) = (configuration.activation, configuration.dropout)
    return configuration.batchNorm
      ? normalization(name, sum, activation: activation, dropout: dropout)
      : activate(activation, sum, dropout: dropout)
  }
}
