import Foundation
import OpenCL

extension OpenCLBackend {
  public var ownsIds: Bool { library.tuning.owners > 0 }

  public func updateTable(_ step: TableStep<Buffer>, input: OpenCLInput) throws {
    guard let ownership = input.ownership else {
      return try updateGroupedTable(step, input: input)
    }
    guard !step.isInHalves else { return try updateSummed(step, input: input, ownership) }
    let owners = try owners(ownership, of: input)
    try library.kernel("update_owned", of: "embedding_update").launch(
      on: queue, global: [ownership.most], local: [1], walk(step.shape, input), ownership.most,
      owners,
      input.slotFields, input.ids, input.values, step.dy, ownership.lists, step.gradient,
      step.rule, step.scale, step.table, step.state.first ?? none, step.state.last ?? none)
  }

  func walk(_ shape: Lookup, _ input: OpenCLInput) -> Structure<Walk> {
    Structure(
      Walk(
        rows: Int32(input.rows), slots: Int32(shape.layout.slots), groups: Int32(shape.groups),
        width: Int32(shape.width), weighted: shape.layout.weighted ? 1 : 0,
        ranks: Int32(firstRank(shape, input))))
  }

  /// Where in the memory of a table's step the places of the sums begin.
  func firstRank(_ shape: Lookup, _ input: OpenCLInput) -> Int {
    shape.touchedCount(rows: input.capacity)
  }
}

/// The struct of `owned.cl`.
struct Walk: BitwiseCopyable {
  let rows, slots, groups, width, weighted, ranks: Int32
}

/// The struct of `step.cl`.
struct Rule: BitwiseCopyable {
  let kind: Int32
  let rate, l2: Float
  let numbers: (Float, Float, Float, Float, Float)
}

extension Optimizer {
  /// The kernels' form.
  ///
  /// - Parameters:
  ///   - rate: this step's learning rate.
  ///   - l2: λ of L2, where the kernel adds it to the gradient.
  ///   - step: how many steps this makes, from 1.
  ///   - width: the columns of the parameter: rows of one number are row-wise Adagrad's as Adagrad's.
  func rule(rate: Float, l2: Float = 0, step: Int, width: Int = 0) -> Structure<Rule> {
    func rule(_ kind: Int32, _ numbers: (Float, Float, Float, Float, Float)) -> Structure<Rule> {
      Structure(Rule(kind: kind, rate: rate, l2: l2, numbers: numbers))
    }
    switch self {
    case .sgd: return rule(0, (0, 0, 0, 0, 0))
    case .adagrad(let epsilon, _): return rule(1, (epsilon, 0, 0, 0, 0))
    case .rowwiseAdagrad(let epsilon, _):
      // A row whose gradients were all 0 stays where it is, also with ε = 0.
      return width == 1
        ? rule(1, (max(epsilon, .leastNormalMagnitude), 0, 0, 0, 0))
        : rule(2, (epsilon, 0, 0, 0, 0))
    case .adam(let beta1, let beta2, let epsilon):
      func correction(_ beta: Float) -> Float { Float(1 / (1 - pow(Double(beta), Double(step)))) }
      return rule(3, (beta1, beta2, epsilon, correction(beta1), correction(beta2)))
    case .ftrl(let beta, let l1, let l2): return rule(4, (beta, l1, l2, 0, 0))
    }
  }
}
