import Data

/// The shape of a table lookup: which layout, how many columns, and whether each field keeps its
/// own sum or all slots are summed.
public struct Lookup: Sendable, Hashable {
  /// What the slots of a sample are summed into.
  public enum Target: Sendable, Hashable {
    /// One vector a field: the output is [rows × fields·width].
    case fields
    /// One vector: the output is [rows × width].
    case sample
  }

  /// How the batches' ids are laid out.
  public let layout: BatchLayout
  /// The table's columns.
  public let width: Int
  /// What the slots of a sample are summed into.
  public let target: Target

  /// - Parameters:
  ///   - layout: how the batches' ids are laid out.
  ///   - width: the table's columns.
  ///   - target: what the slots of a sample are summed into.
  public init(layout: BatchLayout, width: Int, target: Target) {
    self.layout = layout
    self.width = width
    self.target = target
  }

  /// The width of the output.
  public var outputWidth: Int { target == .fields ? layout.fields * width : width }

  /// Where in a sample's output the slot's sum begins.
  public func outputColumn(ofSlot slot: Int) -> Int {
    target == .fields ? layout.slotFields[slot] * width : 0
  }

  func cost(rows: Int) -> (forward: Cost, backward: Cost) {
    let gathered = rows * layout.slots * width
    let written = rows * outputWidth
    return (
      Cost(flops: 2 * gathered, scalars: gathered + written + rows * layout.slots),
      Cost(flops: 2 * gathered, scalars: 2 * gathered + rows * layout.slots)
    )
  }
}

/// An operation that looks up a table's rows by the ids of a batch.
public protocol TableLookup: Operation {
  /// The lookup's shape.
  var shape: Lookup { get }
  /// V, [features × width].
  var table: Parameter { get }
}

/// The shared embedding: one vector of `width` numbers a field, from one table for all features.
public struct Embedding: TableLookup {
  /// The lookup's shape.
  public let shape: Lookup
  /// V, [features × width].
  public let table: Parameter
  public let output: Value

  public var label: String { "embedding \(shape.layout.fields)×\(shape.width)" }
  public var inputs: [Value] { [] }
  public var parameters: [Parameter] { [table] }

  public func cost(rows: Int) -> (forward: Cost, backward: Cost) { shape.cost(rows: rows) }

  public func forward<B: Backend>(in network: Network<B>) throws {
    try network.backend.lookup(
      shape, input: network.input, table: network[table], bias: nil, y: network[output])
  }

  public func backward<B: Backend>(in network: Network<B>) throws {
    try network.backend.lookupGradient(
      shape, input: network.input, dy: network.gradient(of: output),
      region: network.region(of: table), dtable: network.lookupTarget(table), dbias: nil)
  }
}

/// The first-order term `y[b] = w₀ + Σ_s x[b,s] · w[id[b,s]]`: logistic regression's logit.
public struct FirstOrder: TableLookup {
  /// The lookup's shape.
  public let shape: Lookup
  /// w, [features × 1].
  public let table: Parameter
  /// w₀, [1].
  public let bias: Parameter
  public let output: Value

  public var label: String { "first-order" }
  public var inputs: [Value] { [] }
  public var parameters: [Parameter] { [table, bias] }

  public func cost(rows: Int) -> (forward: Cost, backward: Cost) { shape.cost(rows: rows) }

  public func forward<B: Backend>(in network: Network<B>) throws {
    try network.backend.lookup(
      shape, input: network.input, table: network[table], bias: network[bias], y: network[output])
  }

  public func backward<B: Backend>(in network: Network<B>) throws {
    try network.backend.lookupGradient(
      shape, input: network.input, dy: network.gradient(of: output),
      region: network.region(of: table), dtable: network.lookupTarget(table),
      dbias: network.gradient(of: bias))
  }
}

extension Graph {
  /// Adds the shared embedding: for each field f `e_f = Σ_s x_s · V[id_s]` over its slots s.
  ///
  /// - Parameters:
  ///   - name: the table's name.
  ///   - width: k, the length of an embedding vector.
  ///   - initializer: how V starts.
  /// - Returns: [rows × fields·width].
  public mutating func embedding(
    _ name: String, width: Int, initializer: Initializer = .normal(deviation: 0.01)
  ) -> Value {
    let shape = Lookup(layout: layout, width: width, target: .fields)
    let table = makeParameter(
      name, rows: layout.features, columns: width, kind: .table, group: .embedding,
      initializer: initializer)
    return append(
      Embedding(shape: shape, table: table, output: makeValue(width: shape.outputWidth)))
  }

  /// Adds the first-order term ⟨w, x⟩ + w₀.
  ///
  /// - Parameters:
  ///   - name: the parameters' common name.
  ///   - initializer: how w starts; w₀ starts at 0.
  /// - Returns: [rows × 1].
  public mutating func firstOrder(
    _ name: String, initializer: Initializer = .constant(0)
  ) -> Value {
    let table = makeParameter(
      "\(name).weight", rows: layout.features, columns: 1, kind: .table, group: .wide,
      initializer: initializer)
    let bias = makeParameter(
      "\(name).bias", rows: 1, columns: 1, kind: .bias, group: .wide, initializer: .constant(0))
    return append(
      FirstOrder(
        shape: Lookup(layout: layout, width: 1, target: .sample), table: table, bias: bias,
        output: makeValue(width: 1)))
  }
}
