/// The factorization machine's pairwise term Σ_{f<g} ⟨e_f, e_g⟩, in O(fields·width).
public struct Interaction: Operation {
  /// How a sample's field embeddings are laid out.
  public struct Shape: Sendable, Hashable {
    /// The number of fields m.
    public let fields: Int
    /// The length of an embedding vector k.
    public let width: Int

    /// - Parameters:
    ///   - fields: the number of fields m.
    ///   - width: the length of an embedding vector k.
    public init(fields: Int, width: Int) {
      self.fields = fields
      self.width = width
    }
  }

  /// How a sample's field embeddings are laid out.
  public let shape: Shape
  /// e, [rows × fields·width].
  public let embedding: Value
  public let output: Value

  public var label: String { "interaction \(shape.fields)×\(shape.width)" }
  public var inputs: [Value] { [embedding] }
  public var parameters: [Parameter] { [] }

  public func cost(rows: Int) -> (forward: Cost, backward: Cost) {
    let size = rows * embedding.width
    return (
      Cost(flops: 3 * size, scalars: size + rows), Cost(flops: 3 * size, scalars: 2 * size + rows)
    )
  }

  public func forward<B: Backend>(in network: Network<B>) throws {
    try network.backend.interaction(
      shape, rows: network.rows, e: network[embedding], y: network[output])
  }

  public func backward<B: Backend>(in network: Network<B>) throws {
    try network.backend.interactionGradient(
      shape, rows: network.rows, e: network[embedding], dy: network.gradient(of: output),
      de: network.target(for: embedding))
  }
}

extension Graph {
  /// Adds the pairwise term of the factorization machine.
  ///
  /// - Parameter embedding: field embeddings, [rows × fields·k].
  /// - Returns: [rows × 1].
  /// - Precondition: the width of `embedding` is a multiple of the number of fields.
  public mutating func interaction(_ embedding: Value) -> Value {
    precondition(embedding.width % layout.fields == 0)
    let shape = Interaction.Shape(
      fields: layout.fields, width: embedding.width / layout.fields)
    return append(
      Interaction(shape: shape, embedding: embedding, output: makeValue(width: 1)))
  }
}
