/// What an exported graph is given.
public enum ONNXInputs: String, Sendable, CaseIterable {
  /// The values of each field as a log has them, by the field's name: the graph encodes them itself.
  case raw
  /// Ids, and x where there are numbers or means, as ``FeatureEncoder`` makes them: for runtimes without texts.
  case ids
}
