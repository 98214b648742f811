extension Network {
  /// The ending of the layer that computes `value`, where its gradient is taken by the layer above
  /// while it stores the derivative by `value`; nil where it is not.
  func endingBelow(_ value: Value) -> Ending? { endingsTakenAbove[value.index] }

  /// Whether the derivative by the output of a layer, when that layer's backward pass begins, has the
  /// gradient of the layer's ending in it already.
  func isTakenAbove(_ value: Value) -> Bool { endingsTakenAbove[value.index] != nil }
}

extension Graph {
  /// For each value that one dense layer computes and only one other reads, the first one's ending:
  /// its gradient needs no pass of its own.
  var endingsTakenAbove: [Ending?] {
    values.map { value in
      let readers = operations.filter { $0.inputs.contains(value) }
      guard readers.count == 1, readers[0] is Dense,
        let layer = operations.first(where: { $0.output == value }) as? Dense,
        layer.ending.activation != .identity || layer.ending.dropout > 0
      else { return nil }
      return layer.ending
    }
  }
}
