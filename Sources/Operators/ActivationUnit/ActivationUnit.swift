import Data

/// The weights of a list's values by a network of its own, the local activation unit of the deep interest network
/// (Zhou et al. 2018): `a_s = ⟨w, relu(W [q ; v_s ; q − v_s ; q ∘ v_s] + b)⟩ + c` with the target's vector q and the
/// values' v_s. The list is one of which the mean is taken, x = 1/n over n slots that are not empty, so that
/// v_s = n·h_s; weights of empty slots mean nothing. They need not add up to one: many values that go with the target
/// say more than one.
package struct ActivationUnit: Operation {
  /// The hidden units, as many as in figure 2 of the paper.
  static let units = 36

  /// How the batches' ids are laid out.
  package let layout: BatchLayout
  /// The list.
  package let list: TargetAttention.Field
  /// The length of a vector k.
  package let width: Int
  /// h, [rows × slots·k].
  package let vectors: Value
  /// W, [4k × units].
  package let hiddenWeight: Parameter
  /// b, [units].
  package let hiddenBias: Parameter
  /// w, [units].
  package let weight: Parameter
  /// c.
  package let bias: Parameter
  /// a, [rows × slots of the list].
  package let output: Value

  package var label: String { "activation unit \(list.slots.count)×\(width)" }
  package var inputs: [Value] { [vectors] }
  package var parameters: [Parameter] { [hiddenWeight, hiddenBias, weight, bias] }

  /// The layers, which have a row for each slot of the list.
  var hidden: Dense.Shape { Dense.Shape(inputs: 4 * width, outputs: Self.units) }
  var last: Dense.Shape { Dense.Shape(inputs: Self.units, outputs: 1) }

  /// What the layers read, and in training the derivatives by it.
  package func workspace(capacity: Int, training: Bool) -> [Int] {
    let rows = capacity * list.slots.count
    let read = [rows * hidden.inputs, rows * last.inputs]
    return training ? read + read : read
  }

  package func cost(rows: Int) -> (forward: Cost, backward: Cost) {
    let values = rows * list.slots.count
    let flops = 2 * values * (hidden.inputs + 1) * Self.units
    let scalars = rows * (list.slots.count + 1) * width
    let weights = hiddenWeight.count + 2 * Self.units + 1
    return (
      Cost(flops: flops, scalars: scalars + values + weights),
      Cost(flops: 2 * flops, scalars: 2 * scalars + values + 2 * weights)
    )
  }
}

extension Graph {
  /// Adds the weights of a list's values by a network of its own.
  ///
  /// - Parameters:
  ///   - name: the parameters' common name.
  ///   - vectors: those of all slots, [rows × slots·k].
  /// - Returns: [rows × slots of the list].
  mutating func activationUnit(
    _ name: String, _ vectors: Value, list: TargetAttention.Field
  ) -> Value {
    let width = vectors.width / layout.slots
    func parameter(
      _ suffix: String, rows: Int = 1, columns: Int, _ kind: Parameter.Kind,
      _ initializer: Initializer
    ) -> Parameter {
      makeParameter(
        "\(name).\(suffix)", rows: rows, columns: columns, kind: kind, group: .deep,
        initializer: initializer)
    }
    let units = ActivationUnit.units
    return append(
      ActivationUnit(
        layout: layout, list: list, width: width, vectors: vectors,
        hiddenWeight: parameter(
          "0.weight", rows: 4 * width, columns: units, .weight, .xavierNormal),
        hiddenBias: parameter("0.bias", columns: units, .bias, .constant(0)),
        weight: parameter("output.weight", rows: units, columns: 1, .weight, .xavierNormal),
        bias: parameter("output.bias", columns: 1, .bias, .constant(0)),
        output: makeValue(width: list.slots.count)))
  }
}
