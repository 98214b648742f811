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
        let layer = operations.first(where: { $0.output == value }),
        let ending = (layer as? Dense)?.ending ?? (layer as? FieldDense)?.ending,
        ending.activation != .identity || ending.dropout > 0
      else { return nil }
      return ending
    }
  }
}

extension Graph {
  /// The same model with the small fields of dense layers on an embedding multiplied by id, where that
  /// pays.
  var multiplyingFieldsByID: Graph {
    var graph = self
    graph.replaceOperations { operation in
      guard let dense = operation as? Dense, dense.output.width > 1,
        let embedding = operations.first(where: { $0.output == dense.input }) as? Embedding
      else { return nil }
      return FieldDense(dense, on: embedding)
    }
    return graph
  }
}
