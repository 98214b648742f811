import Data

/// The shape of a table lookup: which layout, how many columns, and whether each field keeps its
/// own sum or all slots are summed.
package struct Lookup: Sendable, Hashable {
  /// What the slots of a sample are summed into.
  package enum Target: Sendable, Hashable {
    /// One vector a field: the output is [rows × fields·width].
    case fields
    /// One vector a slot, [rows × slots·width]: nothing is summed yet.
    case slots
    /// One vector: the output is [rows × width].
    case sample
  }

  /// How the batches' ids are laid out.
  package let layout: BatchLayout
  /// The table's columns.
  package let width: Int
  /// What the slots of a sample are summed into.
  package let target: Target

  /// - Parameters:
  ///   - layout: how the batches' ids are laid out.
  ///   - width: the table's columns.
  ///   - target: what the slots of a sample are summed into.
  package init(layout: BatchLayout, width: Int, target: Target) {
    self.layout = layout
    self.width = width
    self.target = target
  }

  /// The width of the output.
  package var outputWidth: Int { groups * width }

  /// Where in a sample's output the slot's sum begins.
  package func outputColumn(ofSlot slot: Int) -> Int {
    switch target {
    case .fields: layout.slotFields[slot] * width
    case .slots: slot * width
    case .sample: 0
    }
  }

  /// The same for another numbering of features.
  func with(_ layout: BatchLayout) -> Lookup {
    Lookup(layout: layout, width: width, target: target)
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

/// Looks up the rows of a table V, [features × width], weighted by their values, and sums them: over the slots s of
/// each field f, `y[b,f,:] = Σ_s x[b,s] · V[id[b,s],:]`, or over all slots,
/// `y[b,:] = bias + Σ_s x[b,s] · V[id[b,s],:]`. Absent ids count for nothing.
///
/// The gradient is that of the batch's distinct ids, `dV[id,:] = Σ_(b,s) x[b,s] · dy[b,f(s),:]`, added up in the
/// order of the rows, one row for each id in the order of the ids, or in its place in the whole table, whose other
/// rows become zero; and `dbias = Σ_b dy[b,:]`.
package protocol TableLookup: Operation {
  /// The lookup's shape.
  var shape: Lookup { get }
  /// V, [features × width].
  var table: Parameter { get }
  /// The bias, [width], of a lookup that sums all slots; nil for none.
  var bias: Parameter? { get }
  /// The same lookup of another table, for another numbering of features.
  func reading(_ table: Parameter, by layout: BatchLayout) -> Self
}

extension TableLookup {
  package var inputs: [Value] { [] }
  package var keepsOutputGradient: Bool { true }
  package var parameters: [Parameter] { [table] + (bias.map { [$0] } ?? []) }

  package func cost(rows: Int) -> (forward: Cost, backward: Cost) { shape.cost(rows: rows) }
}
