/// The sum of a sample's field vectors, `f_Σ = Σ_f e_f`.
public struct FieldSum: Operation {
  /// How a sample's field embeddings are laid out.
  public let shape: Interaction.Shape
  /// e, [rows × fields·width].
  public let embedding: Value
  public let output: Value

  public var label: String { "field sum \(shape.fields)×\(shape.width)" }
  public var inputs: [Value] { [embedding] }
  public var parameters: [Parameter] { [] }

  public func cost(rows: Int) -> (forward: Cost, backward: Cost) {
    let scalars = rows * (embedding.width + output.width)
    return (
      Cost(flops: rows * embedding.width, scalars: scalars), Cost(flops: 0, scalars: scalars)
    )
  }

  public func forward<B: Backend>(in network: Network<B>) throws {
    try network.backend.fieldSum(
      shape, rows: network.rows, e: network[embedding], y: network[output])
  }

  public func backward<B: Backend>(in network: Network<B>) throws {
    try network.backend.fieldSumGradient(
      shape, rows: network.rows, dy: network.gradient(of: output),
      de: network.target(for: embedding))
  }
}

/// The outer product of a vector with itself, `p = x xᵀ`: of f_Σ, the outer product layer of PNN (Qu
/// et al. 2016), which is the sum of the outer products of all pairs of fields.
public struct OuterProduct: Operation {
  /// x, [rows × width].
  public let input: Value
  public let output: Value

  public var label: String { "outer product \(input.width)×\(input.width)" }
  public var inputs: [Value] { [input] }
  public var parameters: [Parameter] { [] }

  public func cost(rows: Int) -> (forward: Cost, backward: Cost) {
    let scalars = rows * (input.width + output.width)
    return (
      Cost(flops: rows * output.width, scalars: scalars),
      Cost(flops: 3 * rows * output.width, scalars: scalars + rows * input.width)
    )
  }

  public func forward<B: Backend>(in network: Network<B>) throws {
    try network.backend.outerProduct(
      width: input.width, rows: network.rows, x: network[input], y: network[output])
  }

  public func backward<B: Backend>(in network: Network<B>) throws {
    try network.backend.outerProductGradient(
      width: input.width, rows: network.rows, x: network[input],
      dy: network.gradient(of: output), dx: network.target(for: input))
  }
}

extension Graph {
  /// Adds the sum of a sample's field vectors.
  ///
  /// - Parameter embedding: field embeddings, [rows × fields·k].
  /// - Returns: [rows × k].
  /// - Precondition: the width of `embedding` is a multiple of the number of fields.
  public mutating func fieldSum(_ embedding: Value) -> Value {
    precondition(embedding.width % layout.fields == 0)
    let shape = Interaction.Shape(
      fields: layout.fields, width: embedding.width / layout.fields)
    return append(
      FieldSum(shape: shape, embedding: embedding, output: makeValue(width: shape.width)))
  }

  /// Adds the outer product of a vector with itself.
  ///
  /// - Parameter input: x, [rows × width].
  /// - Returns: x xᵀ row by row, [rows × width²].
  public mutating func outerProduct(_ input: Value) -> Value {
    append(OuterProduct(input: input, output: makeValue(width: input.width * input.width)))
  }
}
