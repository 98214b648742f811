import Support
import Synchronization

/// All models there are: the built-in ones, and those that a program adds.
public enum ModelRegistry {
  /// The models of this library: from the simplest to the paper's own, then newer ones.
  public static let builtIn: [any Model.Type] = [
    LR.self, FM.self, FNN.self, PNN<InnerProducts>.self, PNN<OuterProducts>.self,
    PNN<AllProducts>.self, LRDNN.self, FMDNN.self, DeepFM<DNN>.self,
    DeepFM<ProductNetwork<InnerProducts>>.self, DeepFM<ProductNetwork<OuterProducts>>.self,
    DeepFM<ProductNetwork<AllProducts>>.self, DCNV2.self, GDCN.self, FinalNet<OneBlock>.self,
    FinalNet<TwoBlocks>.self, FinalMLP.self, EDCN.self, QNN.self, DeepFM<DCNV2>.self,
    DeepFM<GDCN>.self, DeepFM<FinalNet<OneBlock>>.self, DeepFM<FinalNet<TwoBlocks>>.self,
    DeepFM<FinalMLP>.self, DeepFM<EDCN>.self, DeepFM<QNN>.self,
  ]

  private static let added = Mutex<[any Model.Type]>([])

  /// All models: the built-in ones, then those that were registered, in their order.
  public static var all: [any Model.Type] { builtIn + added.withLock { $0 } }

  /// Adds a model, so that configurations and saved models can name it. To be called before they
  /// do; calling it again for the same type does nothing.
  ///
  /// - Throws: ``ModelError/nameTaken(_:)`` where another model has the name.
  public static func register(_ type: any Model.Type) throws(ModelError) {
    let isNew = added.withLock { types in
      if (builtIn + types).contains(where: { $0 == type }) { return true }
      guard !(builtIn + types).contains(where: { $0.name == type.name }) else { return false }
      types.append(type)
      return true
    }
    guard isNew else { throw .nameTaken(type.name) }
  }

  /// The model called `name`; nil if there is none.
  public static func type(named name: String) -> (any Model.Type)? {
    all.first { $0.name == name.lowercased() }
  }

  /// The model called `name`, with the given sizes.
  ///
  /// - Throws: ``ModelError`` for an unknown name (with the nearest known one) or invalid sizes.
  package static func model(
    named name: String, _ configuration: ModelConfiguration
  ) throws(ModelError) -> any Model {
    guard let type = type(named: name) else {
      throw .unknownName(
        name, suggestion: nearest(to: name.lowercased(), among: all.map { $0.name }))
    }
    try configuration.validate()
    try type.validate(configuration)
    return type.init(configuration)
  }
}
