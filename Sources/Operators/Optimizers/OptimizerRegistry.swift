import Synchronization

/// All optimizers there are: the built-in ones, and those that a program adds.
public enum OptimizerRegistry {
  /// The optimizers of this library.
  public static let builtIn: [any Optimizer.Type] = [
    Adam.self, Adagrad.self, RowwiseAdagrad.self, SGD.self, FTRL.self, AdamW.self, AMSGrad.self,
  ]

  private static let added = Mutex<[any Optimizer.Type]>([])

  /// All optimizers: the built-in ones, then those that were registered, in their order.
  public static var all: [any Optimizer.Type] { builtIn + added.withLock { $0 } }

  /// Adds an optimizer, so that configurations and saved models can name it.
  ///
  /// - Precondition: no other optimizer has the name.
  public static func register(_ type: any Optimizer.Type) {
    added.withLock { types in
      if (builtIn + types).contains(where: { $0 == type }) { return }
      precondition(
        !(builtIn + types).contains { $0.name == type.name }, "two optimizers named \(type.name)")
      types.append(type)
    }
  }

  /// The optimizer called `name`; nil if there is none.
  public static func type(named name: String) -> (any Optimizer.Type)? {
    all.first { $0.name == name }
  }
}
