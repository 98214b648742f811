import Data

/// The vectors of a sample's fields from those of its slots, h_s = x_s·V[id_s]: sums, and for histories what the
/// vector q of their target, another field, makes of them.
///
/// A field of the first kind has `y_f = Σ_s h_s`. A history has `y_f = Σ_s a_s V_s` over its n slots that are not empty
/// with `a = softmax(⟨q, V_s⟩/√k)`, scaled dot-product attention with one query and without a network (Vaswani et al.
/// 2017). Its list is one of which the mean is taken, x = 1/n, so that V_s = n·h_s; one without values has y_f = 0.
///
/// With `t_s = ⟨dy_f, V_s⟩` and `e_s = a_s (t_s − Σ_r a_r t_r)/√k`: `dV_s = a_s dy_f + e_s q`, `dq += Σ_s e_s V_s`, and
/// dh_s = n·dV_s. Where a history's weights a come from another operation (``ActivationUnit``), they are taken as they
/// are: `dV_s = a_s dy_f`, `da_s = t_s`.
package struct TargetAttention: Operation {
  /// A history.
  package struct Field: Sendable, Hashable {
    /// Its number.
    package let number: Int
    /// The slots of its values.
    package let slots: Range<Int>
    /// The slot of its target.
    package let target: Int
    /// a, [rows × its slots]; nil for the softmax.
    package var weights: Value?
  }

  /// How the batches' ids are laid out.
  package let layout: BatchLayout
  /// The histories, ascending.
  package let histories: [Field]
  /// The length of a vector k.
  package let width: Int
  /// h, [rows × slots·k].
  package let vectors: Value
  package let output: Value

  package var label: String {
    "attention \(histories.map { "\($0.slots.count)" }.joined(separator: ", "))×\(width)"
  }
  package var inputs: [Value] { [vectors] + histories.compactMap(\.weights) }
  package var parameters: [Parameter] { [] }

  /// a, [rows × slots].
  package func workspace(capacity: Int, training: Bool) -> [Int] { [capacity * layout.slots] }

  package func cost(rows: Int) -> (forward: Cost, backward: Cost) {
    let attended = rows * histories.reduce(0) { $0 + $1.slots.count } * width
    let scalars = rows * (vectors.width + output.width)
    return (
      Cost(flops: rows * vectors.width + 4 * attended, scalars: scalars),
      Cost(flops: 8 * attended, scalars: scalars + rows * vectors.width)
    )
  }

  /// The fields that are no histories, adjacent ones together.
  var others: [Range<Int>] {
    let numbers = Set(histories.map(\.number))
    return (0..<layout.fields).filter { !numbers.contains($0) }.reduce(into: []) { runs, field in
      if let last = runs.last, last.upperBound == field {
        runs[runs.count - 1] = last.lowerBound..<field + 1
      } else {
        runs.append(field..<field + 1)
      }
    }
  }

  /// The slots of adjacent fields.
  func slots(of fields: Range<Int>) -> Range<Int> { layout.slots(of: fields) }
}

extension BatchLayout {
  /// The slots of adjacent fields.
  fileprivate func slots(of fields: Range<Int>) -> Range<Int> {
    let first = slotFields.firstIndex { $0 >= fields.lowerBound } ?? slots
    return first..<(slotFields.firstIndex { $0 >= fields.upperBound } ?? slots)
  }
}

extension Graph {
  /// Adds the vectors of fields made of the vectors of their slots: of those that the layout gives a target what that
  /// makes of them, of the others sums.
  ///
  /// - Parameters:
  ///   - name: that of the parameters, which networks have that weigh values, with the list's number behind it.
  ///   - vectors: [rows × slots·k].
  /// - Returns: [rows × fields·k].
  mutating func targetAttention(_ vectors: Value, named name: String = "attention") -> Value {
    let width = vectors.width / layout.slots
    let lists = (layout.attention ?? []).sorted { $0.field < $1.field }
    let histories = lists.map { attention in
      var list = TargetAttention.Field(
        number: attention.field, slots: layout.slots(of: attention.field..<attention.field + 1),
        target: layout.slots(of: attention.target..<attention.target + 1).lowerBound)
      if attention.form == .din {
        list.weights = activationUnit("\(name).\(list.number)", vectors, list: list)
      }
      return list
    }
    return append(
      TargetAttention(
        layout: layout, histories: histories, width: width,
        vectors: vectors, output: makeValue(width: layout.fields * width)))
  }
}
