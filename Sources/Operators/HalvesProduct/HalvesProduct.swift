import OpenCL

/// The first half of an activation beside the product of both, `y = [x₁ ; x₁ ∘ x₂]`. Of an odd width, x₁ has one
/// number more, and its last one is not multiplied.
///
/// Models say this by slices, a product and a concatenation: a plan puts one operation in the place of these, see
/// ``Plan/joinHalves()``.
///
/// `dx₁ = dy₁ + dy₂ ∘ x₂`, `dx₂ = dy₂ ∘ x₁`.
package struct HalvesProduct: Operation {
  /// x, [rows × width].
  package let input: Value
  package let output: Value

  package var label: String { "halves' product \(output.width)" }
  package var inputs: [Value] { [input] }
  package var parameters: [Parameter] { [] }
  /// The width of x₁.
  private var half: Int { (output.width + 1) / 2 }
  /// The width of x₂.
  private var rest: Int { output.width / 2 }

  package func cost(rows: Int) -> (forward: Cost, backward: Cost) {
    let size = rows * output.width
    return (Cost(flops: size / 2, scalars: 2 * size), Cost(flops: 3 * size / 2, scalars: 3 * size))
  }
}

extension HalvesProduct {
  /// What a concatenation is the last operation of; nil where it is of something else, or where others read what lies
  /// between.
  ///
  /// - Returns: the operation, and those whose outputs nobody reads any more.
  static func ending(
    in concatenation: Concatenate, of graph: Graph
  ) -> (HalvesProduct, [any Operation])? {
    func source<O: Operation>(_ value: Value, _ type: O.Type) -> O? {
      graph.operations.first { $0.output == value } as? O
    }
    guard concatenation.inputs.count == 2,
      let first = source(concatenation.inputs[0], Slice.self),
      let product = source(concatenation.inputs[1], Multiply.self),
      let second = source(product.second, Slice.self)
    else { return nil }
    let half = (first.input.width + 1) / 2
    guard first.columns == 0..<half, second.input == first.input,
      second.columns == half..<first.input.width
    else { return nil }
    var between: [any Operation] = [first, second, product]
    if product.first != first.output {
      guard let factor = source(product.first, Slice.self), factor.input == first.output,
        factor.columns == 0..<second.output.width
      else { return nil }
      between.append(factor)
    }
    let own = Set(between.map(\.output))
    let others = graph.operations.filter { operation in
      operation.output != concatenation.output && !own.contains(operation.output)
    }
    guard others.allSatisfy({ own.isDisjoint(with: $0.inputs) }) else { return nil }
    return (HalvesProduct(input: first.input, output: concatenation.output), between)
  }
}

extension Plan {
  /// Puts one operation in the place of those that a product of halves is written as.
  mutating func joinHalves() {
    for case let concatenation as Concatenate in graph.operations {
      guard let (joined, between) = HalvesProduct.ending(in: concatenation, of: graph),
        !between.contains(where: { $0.output == logits })
      else { continue }
      replaceOperations { $0.output == joined.output ? joined : nil }
      for operation in between { remove(operation) }
    }
  }
}

extension HalvesProduct {
  package func forward(_ pass: ReferencePass) {
    let (x, y) = (pass[input], pass[output])
    for b in 0..<pass.rows {
      let row = b * output.width
      for j in 0..<half { y[row + j] = x[row + j] }
      for j in 0..<rest { y[row + half + j] = x[row + j] * x[row + half + j] }
    }
  }

  package func backward(_ pass: ReferencePass) {
    let (x, dy, dx) = (pass[input], pass.gradient(of: output), pass.target(for: input))
    for b in 0..<pass.rows {
      let row = b * output.width
      for j in 0..<half {
        let product = j < rest ? dy[row + half + j] * x[row + half + j] : 0
        dx.put(dy[row + j] + product, at: row + j)
      }
      for j in 0..<rest { dx.put(dy[row + half + j] * x[row + j], at: row + half + j) }
    }
  }
}

extension HalvesProduct {
  package func scratch(capacity: Int, on backend: OpenCLBackend) -> Int { 0 }

  package func forward(_ pass: DevicePass) throws {
    try pass.run(
      "halves_product", of: "halves_product", items: pass.rows * pass.vectors(half),
      ["rows": pass.rows, "width": output.width, "x": pass[input], "y": pass[output]])
  }

  package func backward(_ pass: DevicePass) throws {
    let dx = pass.target(for: input)
    try pass.run(
      "halves_product_gradient", of: "halves_product", items: pass.rows * pass.vectors(half),
      [
        "rows": pass.rows, "width": output.width, "x": pass[input],
        "dy": pass.gradient(of: output), "dx": dx.buffer, "accumulate": dx.accumulates ? 1 : 0,
      ])
  }
}

extension OperatorTable {
  static let halvesProduct = OperatorCases(
    ([2] + widths.dropFirst()).map { width in
      .graph("halves' product", "\(width)", reads: [width]) { $0.halvesProduct($1[0]) }
    } + [
      .graph("halves' product", "of a half", reads: [34]) { graph, x in
        let (first, second) = graph.halves(graph.halvesProduct(x[0]))
        return graph.multiply(graph.halvesProduct(first), second)
      },
      .graph("halves' product", "two of one input", reads: [7]) { graph, x in
        graph.sum([graph.halvesProduct(x[0]), graph.halvesProduct(x[0])])
      },
    ],
    timed: { rows in
      [
        .graph("halves' product", "400", reads: [400], rows: [rows]) { $0.halvesProduct($1[0]) }
      ]
    })
}

extension Graph {
  /// As models write it.
  fileprivate mutating func halvesProduct(_ x: Value) -> Value {
    let half = (x.width + 1) / 2
    let first = slice(x, columns: 0..<half)
    let second = slice(x, columns: half..<x.width)
    let factor = second.width == half ? first : slice(first, columns: 0..<second.width)
    return concatenate([first, multiply(factor, second)])
  }
}
