import Operators
import Support

/// The sizes of a model. The defaults are the paper's.
public struct ModelConfiguration: Sendable, Codable, Hashable {
  /// k, the length of a feature's embedding vector.
  public var embeddingSize = 10
  /// How the embedding starts.
  public var embeddingInitializer = InitializerName.normal
  /// The standard deviation of the embedding's initial values, normal or uniform.
  public var embeddingDeviation: Float = 0.01
  /// The widths of the deep part's hidden layers.
  public var hidden = [400, 400, 400]
  /// How the weights of the deep part's layers start.
  public var hiddenInitializer = InitializerName.xavier
  /// The activation of the hidden layers.
  public var activation = Activation.relu
  /// The probability of dropping a hidden unit in training.
  public var dropout: Float = 0.5
  /// The probability of keeping a hidden unit in training, which the paper calls dropout:
  /// 1 − ``dropout``.
  public var keepProbability: Float {
    get { 1 - dropout }
    set { dropout = 1 - newValue }
  }
  /// Whether hidden layers are batch-normalised before their activation.
  public var batchNorm = false
  /// How product layers are computed.
  public var productForm = ProductForm.factorised
  /// The layers of a cross network.
  public var crossLayers = 3
  /// How a deep network goes with a cross network.
  public var crossForm = CrossForm.parallel
  /// τ of EDCN's gates, which it has without batch norm: the higher, the closer they are to one another.
  public var gateTemperature: Float = 1
  /// The widths of the hidden layers of the second of two blocks or networks.
  public var secondHidden = [400]
  /// Whether FinalNet's first block, or each of FinalMLP's networks, sees the embedding through a gate.
  public var fieldGate = true
  /// H, the heads of FinalMLP's bilinear form.
  public var fusionHeads = 4
  /// The layers of a quadratic network.
  public var quadraticLayers = 2
  /// R, the factors that are added up in a layer of a quadratic network.
  public var quadraticFactors = 3
  /// The numbers of the fields whose vectors are not trained, see `Graph/frozenFields(_:_:fields:)`.
  public package(set) var frozenFields: [Int] = []
  /// How many numbers of a vector each field uses, at most ``embeddingSize``; empty where all use all.
  public package(set) var fieldSizes: [Int] = []

  /// The paper's sizes.
  public init() {}

  /// Refuses sizes no model can be built with.
  ///
  /// - Throws: ``ModelError`` naming the first such size.
  public func validate() throws(ModelError) {
    func require(_ isValid: Bool, _ name: String, _ found: Any, _ expected: String)
      throws(ModelError)
    {
      guard isValid else {
        throw .invalidSize(name: name, found: "\(found)", expected: expected)
      }
    }
    try require(
      (1...4096).contains(embeddingSize), "embedding_size", embeddingSize, "1 to 4096")
    try require(
      embeddingDeviation >= 0 && embeddingDeviation.isFinite, "embedding_deviation",
      embeddingDeviation, "a number that is not negative")
    try require(
      hidden.allSatisfy { (1...65536).contains($0) }, "hidden", hidden, "widths from 1 to 65536")
    try require(
      fieldSizes.allSatisfy { (1...embeddingSize).contains($0) }, "field_sizes", fieldSizes,
      "1 to embedding_size")
    try require((0..<1).contains(dropout), "dropout", dropout, "0 or more, less than 1")
    try require((1...64).contains(crossLayers), "cross_layers", crossLayers, "1 to 64")
    try require(
      secondHidden.allSatisfy { (1...65536).contains($0) }, "second_hidden", secondHidden,
      "widths from 1 to 65536")
    try require(
      gateTemperature > 0 && gateTemperature.isFinite, "gate_temperature", gateTemperature,
      "above 0")
    try require((1...4096).contains(fusionHeads), "fusion_heads", fusionHeads, "1 to 4096")
    try require(
      (1...64).contains(quadraticLayers), "quadratic_layers", quadraticLayers, "1 to 64")
    try require(
      (1...256).contains(quadraticFactors), "quadratic_factors", quadraticFactors, "1 to 256")
  }
}

/// A model that cannot be built.
public enum ModelError: Error, Equatable, CustomStringConvertible {
  /// There is no model of this name.
  case unknownName(String, suggestion: String?)
  /// Another model has this name.
  case nameTaken(String)
  /// A size is out of its range.
  case invalidSize(name: String, found: String, expected: String)
  /// Two passes of the model are the same.
  case nothingRandom(String)

  public var description: String {
    switch self {
    case .unknownName(let name, let suggestion):
      "there is no model '\(name)'"
        + (suggestion.map { "; did you mean '\($0)'?" } ?? "")
        + " The models are: \(ModelRegistry.all.map { $0.name }.joined(separator: ", "))."
    case .nameTaken(let name):
      "there is another model called '\(name)'; give yours another name"
    case .invalidSize(let name, let found, let expected):
      "\(name) is \(found), but must be \(expected)"
    case .nothingRandom(let name):
      "self_ensemble compares two passes that differ by dropout, but \(name) as it is set has none; set "
        + "dropout above 0 for a model with hidden layers, or self_ensemble to false"
    }
  }
}

/// How the product layers of PNN are computed from m field vectors of length k, with D outputs.
public enum ProductForm: String, Sendable, Codable, CaseIterable {
  /// As published: inner products with a weight matrix of rank one for each output,
  /// `‖Σ_f θⁿ_f e_f‖²`, O(D·m·k); outer products of the sum of the vectors, O(D·k²).
  case factorised
  /// A weight for each pair of fields: O(D·m²) for inner products; O(D·m²·k²) for outer products,
  /// which for 39 fields and k = 10 is 190 times the work of the layer's other half.
  case pairwise
}
