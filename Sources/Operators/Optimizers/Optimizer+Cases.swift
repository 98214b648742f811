extension OperatorTable {
  /// Each optimizer once with its usual numbers.
  static let usualOptimizers: [any Optimizer] = OptimizerRegistry.builtIn.map { $0.init() }

  /// Those that tables are checked with: a row decays half, and wholly, within the steps of a case.
  static let tableOptimizers: [any Optimizer] =
    usualOptimizers + [RowDecay(Adam(), alpha: 0.375)]

  /// The cases of an optimizer: also how a program checks one of its own.
  public static func cases(of optimizer: any Optimizer) -> [OperatorCase] {
    targets.map { target in
      OperatorCase(
        optimizer.title, target.name, OptimizerCase(optimizer: optimizer, target: target, steps: 4))
    }
  }

  static let optimizers = OperatorCases(
    (usualOptimizers + [
      Adam(beta1: 0.5, beta2: 0.75, epsilon: 0.125), FTRL(beta: 0.5, l1: 0.75, l2: 0.25),
      RowDecay(Adam(), alpha: 0.375), RowDecay(AdamW(), alpha: 0.375),
      RowDecay(SGD(), alpha: 0.0625),
    ]).flatMap(cases(of:)),
    timed: { rows in
      usualOptimizers.flatMap { optimizer in
        [
          ("400×400", 400, UpdateTarget.whole(width: 400)),
          ("500 k × 10", 500_000, .whole(width: 10)),
          ("touched rows of 1 M × 10", rows, UpdateTarget(ids: .clickLog, width: 10)),
        ].map { form, rows, target in
          OperatorCase(
            optimizer.title, form, rows: [rows],
            OptimizerCase(optimizer: optimizer, target: target, steps: 1))
        }
      }
    })
}

/// Some steps of an optimizer, each on the rows of its own batch.
private struct OptimizerCase: CaseSetup {
  /// The optimizer.
  let optimizer: any Optimizer
  /// What it updates.
  let target: UpdateTarget
  /// How many steps.
  let steps: Int

  func prepare<B: Backend>(on backend: B, rows: Int) throws -> PreparedCase<B> {
    let region = target.region(rows: rows)
    let parameter = region.parameter
    let step = OptimizerUpdate(
      target: region, optimizer: optimizer, group: Recipe.Group(optimizer, rate: 0.125, l2: 0.25))
    let batches = (0..<steps).map { target.batch(rows: rows, number: $0) }
    var passes: [Pass<B>] = []
    for batch in batches {
      passes.append(
        try Pass(for: [step], of: [parameter], on: backend, batch, sharing: passes.first))
      passes[passes.count - 1].step = passes.count
    }
    let sizes = batches.map { region.gradientCount(of: $0) }
    let gradients = passes.enumerated().map { number, pass in
      PreparedCase<B>.Slot(
        name: "gradient \(number)", buffer: pass.gradient(of: parameter), count: sizes[number])
    }
    let states = optimizer.states(of: parameter)
    var outputs = [
      PreparedCase<B>.Slot(name: "weight", buffer: passes[0][parameter], count: parameter.count)
    ]
    outputs += states.enumerated().map { index, state in
      PreparedCase.Slot(
        name: "state \(index)", buffer: passes[0][state.operand], count: state.count,
        distribution: .positive)
    }
    let scale = PreparedCase<B>.Slot(
      name: "scale", buffer: passes[0][.gradientScale], count: 1, distribution: .constant(0.5))
    let inputs = outputs + gradients + [scale]
    if target.ids != nil {
      let touched = Set(batches.flatMap { UniqueIDs(of: $0.ids).ids }).sorted()
      for index in outputs.indices {
        outputs[index].rows = TableRows(
          width: parameter.columns, features: parameter.rows, touched: touched
        ).resized(to: outputs[index].count)
      }
    }
    let updated = sizes.reduce(0, +)
    let stateSize = states.reduce(0) { $0 + $1.count } * updated / max(parameter.count, 1)
    return PreparedCase(
      backend: backend, inputs: inputs, outputs: outputs, terms: steps,
      cost: (Cost(flops: 12 * updated, scalars: 3 * updated + 2 * stateSize), .none),
      forward: { for pass in passes { try pass.run([step]) } })
  }
}

extension Optimizer {
  /// For people.
  var title: String { Self.title }
}
