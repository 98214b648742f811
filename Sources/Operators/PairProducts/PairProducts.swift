/// The products of all pairs of fields f < g, in the order (0, 1), (0, 2), …, (1, 2), …:
/// `y[b,(f,g)] = ⟨e[b,f,:], e[b,g,:]⟩`, or `y[b,(f,g),i,j] = e[b,f,i] · e[b,g,j]`.
///
/// `de[b,f,:] = Σ_{g≠f} dy[b,(f,g)] · e[b,g,:]`, or
/// `de[b,f,i] = Σ_{g>f} Σ_j dy[b,(f,g),i,j] · e[b,g,j] + Σ_{g<f} Σ_j dy[b,(g,f),j,i] · e[b,g,j]`.
public struct PairProducts: Operation {
  /// What is computed of two vectors.
  public enum Kind: String, Sendable, Hashable, CaseIterable {
    /// ⟨e_f, e_g⟩: a number a pair.
    case inner
    /// e_f e_gᵀ: width² numbers a pair.
    case outer
  }

  /// What is computed.
  public let kind: Kind
  /// How a sample's field embeddings are laid out.
  package let shape: Interaction.Shape
  /// e, [rows × fields·width].
  public let embedding: Value
  public let output: Value

  public var label: String { "\(kind.rawValue) products of \(shape.pairs) pairs" }
  public var inputs: [Value] { [embedding] }
  public var parameters: [Parameter] { [] }

  public func cost(rows: Int) -> (forward: Cost, backward: Cost) {
    let products = rows * shape.pairs * shape.width * (kind == .inner ? 1 : shape.width)
    let scalars = rows * (embedding.width + output.width)
    return (
      Cost(flops: (kind == .inner ? 2 : 1) * products, scalars: scalars),
      Cost(flops: 4 * products, scalars: scalars + rows * embedding.width)
    )
  }
}

extension Interaction.Shape {
  /// The number of pairs of fields.
  package var pairs: Int { fields * (fields - 1) / 2 }

  /// The place of the pair (first, second), first < second, among all pairs.
  func pair(_ first: Int, _ second: Int) -> Int {
    first * (2 * fields - first - 1) / 2 + second - first - 1
  }
}

extension Graph {
  /// Adds the products of all pairs of fields.
  ///
  /// - Parameters:
  ///   - kind: inner or outer products.
  ///   - embedding: field embeddings, [rows × fields·k].
  /// - Returns: [rows × pairs], or [rows × pairs·k²] for outer products.
  /// - Precondition: the width of `embedding` is a multiple of the number of fields, of which there
  ///   are at least two.
  public mutating func pairProducts(_ kind: PairProducts.Kind, _ embedding: Value) -> Value {
    precondition(embedding.width % layout.fields == 0 && layout.fields > 1)
    let shape = Interaction.Shape(
      fields: layout.fields, width: embedding.width / layout.fields)
    let width = shape.pairs * (kind == .inner ? 1 : shape.width * shape.width)
    return append(
      PairProducts(
        kind: kind, shape: shape, embedding: embedding, output: makeValue(width: width)))
  }
}
