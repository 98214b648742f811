import Features
import Operators
import Support

/// What the table rows of new values start from.
package enum NewRowStart: String, Sendable, CaseIterable {
  /// What their field's rows started from, drawn by the hash of the value.
  case initial
  /// Their field's out-of-vocabulary row, which has stood for them so far.
  case unknown
}

extension TrainedModel {
  /// The model over an encoder that has grown: the rows of its tables, with the optimizer's numbers, where the
  /// encoder has them now, and rows for new values. Steps, history and all else stay as they are.
  ///
  /// The initial numbers of a new row depend on the seed, the field and the value alone; its optimizer's numbers
  /// are those before the first step. A row whose value has expired and that no new one has taken is all zeros.
  ///
  /// - Precondition: the growth is of this model's encoder.
  package func grown(_ growth: EncoderGrowth, from start: NewRowStart) throws -> TrainedModel {
    guard configuration.sizes.frozenFields.isEmpty else {
      throw UserError(
        "model", found: "vectors that are not trained (\(configuration.vectors?.text ?? "frozen"))",
        expected: "a model whose fields may get new values",
        remedy: "go on without --new-ids, or train anew with vectors of the new values")
    }
    var model = TrainedModel(
      encoder: growth.encoder, configuration: configuration, step: step, bestEpoch: bestEpoch,
      history: history, pretraining: pretraining, tensors: [])
    model.recalibration = recalibration
    let graph = try model.build().graph
    let saved = graph.parameters.filter(\.isSaved)
    precondition(saved.count == tensors.count)
    let rows = TableRows(growth, before: encoder)
    let recipe = configuration.recipe
    model.tensors = zip(saved, tensors).map { parameter, tensor in
      guard parameter.kind == .table, tensor.rows == encoder.layout.features else { return tensor }
      let optimizer = recipe.optimizer(of: parameter)
      let values = rows.moved(tensor.values, width: tensor.columns) { place, value in
        guard let value else { return [Float](repeating: 0, count: tensor.columns) }
        switch start {
        case .initial:
          let key = value.key(of: parameter.name)
          return parameter.initializer.row(
            place, of: parameter, seed: configuration.seed, key: key)
        case .unknown:
          let first = value.unknownRow * tensor.columns
          return Array(tensor.values[first..<first + tensor.columns])
        }
      }
      let states = tensor.states.enumerated().map { index, state in
        // One number a row, or one a weight.
        let width = state.count == tensor.values.count ? tensor.columns : 1
        return rows.moved(state, width: width) { place, _ in
          optimizer.initialState(
            index, of: Array(values[place * tensor.columns..<(place + 1) * tensor.columns]),
            rows: 1, rate: recipe[parameter.group].rate)
        }
      }
      return Tensor(
        name: tensor.name, rows: parameter.rows, columns: tensor.columns, values: values,
        states: states)
    }
    return model
  }
}

/// Where the table rows of an encoder are after it has grown.
private struct TableRows {
  /// A value that is new.
  struct NewValue {
    let field: String
    let value: String
    /// The row before that stood for it.
    let unknownRow: Int

    /// What its numbers of a parameter are drawn by.
    func key(of parameter: String) -> UInt64 {
      // NUL is in no name.
      let text = Array("\(parameter)\0\(field)\0\(value)".utf8)
      return text.withUnsafeBytes { XXH64.hash($0) }
    }
  }

  /// The row before of each row; −1 for new ones and for those that are free.
  private var sources: [Int]
  private var news: [Int: NewValue] = [:]

  init(_ growth: EncoderGrowth, before: FeatureEncoder) {
    sources = [Int](repeating: -1, count: growth.encoder.layout.features)
    for (old, new) in zip(before.fields, growth.encoder.fields) {
      for row in 0..<old.rows { sources[Int(new.firstID) + row] = Int(old.firstID) + row }
    }
    let owners = zip(before.vocabularyOwners, growth.encoder.vocabularyOwners)
    for ((old, new), change) in zip(owners, growth.changes) {
      let first = Int(new.firstValueID)
      for rank in change.freed { sources[first + rank] = -1 }
      for rank in change.admitted {
        sources[first + rank] = -1
        news[first + rank] = NewValue(
          field: change.field, value: new.vocabulary[rank], unknownRow: Int(old.firstID))
      }
    }
  }

  /// Some numbers of each row, those of new and free rows made anew.
  func moved(
    _ numbers: [Float], width: Int, _ make: (_ row: Int, NewValue?) -> [Float]
  ) -> [Float] {
    [Float](unsafeUninitializedCapacity: sources.count * width) { target, count in
      numbers.withUnsafeBufferPointer { numbers in
        for (row, source) in sources.enumerated() {
          let place = target.baseAddress! + row * width
          if source >= 0 {
            place.update(from: numbers.baseAddress! + source * width, count: width)
          } else {
            for (column, number) in make(row, news[row]).enumerated() { place[column] = number }
          }
        }
      }
      count = sources.count * width
    }
  }
}
