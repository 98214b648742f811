/// Any optimizer, with an adaptive decay of the rows of tables: before its step a row that has rested for I steps is
/// multiplied by `1 − min(1, α·I)` (AdamAR, ICLR 2026). Rare rows are held down by what they missed, frequent ones
/// hardly, and a step touches no row but the batch's, where L2 on a whole table has to pass over all of it.
///
/// I counts the steps between the last one that updated the row and this one; a row that was never updated does not
/// decay. On anything but a table it is the optimizer itself.
package struct RowDecay<Base: Optimizer>: Optimizer {
  package static var name: String { "\(Base.name), rows decaying" }
  package static var title: String { "\(Base.title), rows decaying" }
  package static var states: [OptimizerState] {
    Base.states + [OptimizerState("last", isPerRow: true)]
  }
  package static var leavesRowsWithoutGradient: Bool { false }
  package static var followsSchedule: Bool { Base.followsSchedule }
  package static var decouplesL2: Bool { Base.decouplesL2 }
  package static func usualRate(isWide: Bool) -> Float? { Base.usualRate(isWide: isWide) }

  /// The optimizer.
  package let base: Base
  /// α.
  package let alpha: Float

  package init() { self.init(Base(), alpha: 1e-3) }

  /// - Precondition: the optimizer ``Optimizer/allowsRowDecay``.
  package init(_ base: Base, alpha: Float) {
    precondition(Base.allowsRowDecay && Base.rowSource == nil)
    (self.base, self.alpha) = (base, alpha)
  }

  package func adapted(to kind: Parameter.Kind) -> any Optimizer {
    kind == .table ? self : base.adapted(to: kind)
  }

  package var ofSingleNumbers: any Optimizer { WeightDecay(base, alpha: alpha) }

  package func initialState<Scalar: BinaryFloatingPoint>(
    _ index: Int, of weight: [Scalar], rows: Int, rate: Float
  ) -> [Scalar] {
    index < Base.states.count
      ? base.initialState(index, of: weight, rows: rows, rate: rate)
      : repeated(0, rows)
  }

  package func update(_ row: OptimizerRow) {
    let last = row.state[Base.states.count]
    let factor = Self.factor(alpha, last: last[0], step: row.step)
    last[0] = Double(row.step)
    for j in row.weight.indices { row.weight[j] *= factor }
    base.update(
      OptimizerRow(
        weight: row.weight, gradient: row.gradient, state: row.state.dropLast(), rate: row.rate,
        step: row.step, decay: row.decay))
  }

  /// What a row that was last updated in a step is multiplied by.
  fileprivate static func factor(_ alpha: Float, last: Double, step: Int) -> Double {
    last > 0 ? max(1 - Double(alpha) * (Double(step) - last - 1), 0) : 1
  }

  package func numbers(step: Int, decay: Float) -> KeyValuePairs<String, Float> {
    base.numbers(step: step, decay: decay)
  }

  package static var rowSource: String? {
    """
    factor = last > 0.0f ? fmax(1.0f - alpha * (step - last - 1.0f), 0.0f) : 1.0f;
    last = step;
    """
  }

  package static var source: String { "w *= factor;\n" + Base.source }
}

/// ``RowDecay`` of rows of one number, weight by weight.
private struct WeightDecay<Base: Optimizer>: Optimizer {
  static var name: String { "\(Base.name), weights decaying" }
  static var title: String { name }
  static var states: [OptimizerState] { Base.states + [OptimizerState("last")] }
  static var leavesRowsWithoutGradient: Bool { false }
  static var followsSchedule: Bool { Base.followsSchedule }
  static var decouplesL2: Bool { Base.decouplesL2 }

  let base: Base
  let alpha: Float

  init() { self.init(Base(), alpha: 1e-3) }
  init(_ base: Base, alpha: Float) { (self.base, self.alpha) = (base, alpha) }

  func update(_ row: OptimizerRow) {
    let last = row.state[Base.states.count]
    for j in row.weight.indices {
      row.weight[j] *= RowDecay<Base>.factor(alpha, last: last[j], step: row.step)
      last[j] = Double(row.step)
    }
    base.update(
      OptimizerRow(
        weight: row.weight, gradient: row.gradient, state: row.state.dropLast(), rate: row.rate,
        step: row.step, decay: row.decay))
  }

  func numbers(step: Int, decay: Float) -> KeyValuePairs<String, Float> {
    base.numbers(step: step, decay: decay)
  }

  static var source: String {
    """
    w *= last > 0.0f ? fmax(1.0f - alpha * (step - last - 1.0f), 0.0f) : 1.0f;
    last = step;

    """ + Base.source
  }
}

/// An optimizer whose rows decay: the numbers of its source beside those of the optimizer that it is about.
protocol DecayingRows: Optimizer {
  var alpha: Float { get }
}

extension RowDecay: DecayingRows {}
extension WeightDecay: DecayingRows {}

extension Optimizer {
  /// The same with an adaptive decay of rows; nil where it has none.
  ///
  /// - Parameter alpha: α of ``RowDecay``.
  package func decayingRows(_ alpha: Float) -> (any Optimizer)? {
    Self.allowsRowDecay && Self.rowSource == nil ? RowDecay(self, alpha: alpha) : nil
  }

  /// All numbers that the source reads, by their names.
  func sourceNumbers(step: Int, decay: Float) -> [(key: String, value: Float)] {
    let own = numbers(step: step, decay: decay).map { (key: $0.key, value: $0.value) }
    guard let decaying = self as? any DecayingRows else { return own }
    return own + [("alpha", decaying.alpha), ("step", Float(step))]
  }
}
