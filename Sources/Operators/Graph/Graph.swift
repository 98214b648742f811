import Data

/// A model as data: the operations from a batch to its logits, in the order they run.
///
/// A model builds its graph once, for any batch size and any backend:
/// ```swift
/// var graph = Graph(layout: layout)
/// let embedding = graph.embedding("embedding", width: 10)
/// let logits = graph.sum([graph.firstOrder("wide"), graph.interaction(embedding)])
/// ```
/// Each operation's file adds its own building method. All shapes are known then, so that memory
/// is planned before the first step.
public struct Graph: Sendable {
  /// How the batches' ids are laid out.
  public let layout: BatchLayout
  /// All activations.
  public private(set) var values: [Value] = []
  /// All parameters, in the order they were made.
  public private(set) var parameters: [Parameter] = []
  /// The operations, each after those whose outputs it reads.
  public private(set) var operations: [any Operation] = []
  /// What the loss has beside the cross-entropy of the logits.
  package var imitations: [Imitation] = []

  /// An empty graph for batches of the given layout.
  public init(layout: BatchLayout) {
    self.layout = layout
  }

  /// Whether it has statistics of batches that run along with training.
  package var hasRunningStatistics: Bool { operations.contains { $0 is Normalization } }

  /// Adds an activation of `width` scalars a sample.
  public mutating func makeValue(width: Int) -> Value {
    values.append(Value(index: values.count, width: width))
    return values[values.count - 1]
  }

  /// Adds a parameter.
  ///
  /// - Precondition: no other parameter of the graph has this name.
  public mutating func makeParameter(
    _ name: String, rows: Int, columns: Int, kind: Parameter.Kind, group: Parameter.Group,
    initializer: Initializer
  ) -> Parameter {
    precondition(!parameters.contains { $0.name == name }, "two parameters named \(name)")
    parameters.append(
      Parameter(
        index: parameters.count, name: name, rows: rows, columns: columns, kind: kind, group: group,
        initializer: initializer))
    return parameters[parameters.count - 1]
  }

  /// Puts other operations in the place of these, each with the same output and parameters.
  mutating func replaceOperations(_ replacement: (any Operation) -> (any Operation)?) {
    operations = operations.map { replacement($0) ?? $0 }
  }

  /// The same for batches with another numbering of features, of which tables have a row each.
  ///
  /// - Precondition: lookups alone read tables. The features of ``FrozenFields`` are adjacent in both.
  func windowed(by layout: BatchLayout) -> Graph {
    renewing(layout) {
      $0.with(rows: layout.features)
    } operations: { operation, parameters in
      if let frozen = operation as? FrozenFields { return frozen.numbered(by: layout) }
      guard let lookup = operation as? any TableLookup else { return nil }
      return lookup.reading(parameters[lookup.table.index], by: layout)
    }
  }

  /// The same with other tables, and with others in the place of the operations that know them.
  func renewing(
    _ layout: BatchLayout? = nil, tables: (Parameter) -> Parameter,
    operations renewed: (any Operation, [Parameter]) -> (any Operation)?
  ) -> Graph {
    var graph = Graph(layout: layout ?? self.layout)
    (graph.values, graph.imitations) = (values, imitations)
    graph.parameters = parameters.map { $0.kind == .table ? tables($0) : $0 }
    graph.operations = operations.map { renewed($0, graph.parameters) ?? $0 }
    return graph
  }

  /// Takes an operation away.
  mutating func removeOperation(withOutput output: Value) {
    operations.removeAll { $0.output == output }
  }

  /// Adds an operation and returns its output.
  public mutating func append(_ operation: some Operation) -> Value {
    operations.append(operation)
    return operation.output
  }
}
