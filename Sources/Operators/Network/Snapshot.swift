/// A copy of a network's numbers, to come back to or to save: what training changes.
package struct Snapshot<Scalar: Sendable>: Sendable {
  /// The number of training steps made.
  package var step: Int
  /// The values of each saved parameter, by its name.
  package var parameters: [String: [Scalar]]
  /// The optimizer's state of each trained parameter, by its name; empty for inference.
  package var states: [String: [[Scalar]]]
  /// Whether tables whose rows ranks share have those of one rank alone.
  var isShared = false

  /// - Parameters:
  ///   - step: the number of training steps made.
  ///   - parameters: the values of each saved parameter, by its name.
  ///   - states: the optimizer's state of each trained parameter, by its name.
  package init(step: Int, parameters: [String: [Scalar]], states: [String: [[Scalar]]]) {
    self.step = step
    self.parameters = parameters
    self.states = states
  }
}

extension Network {
  /// Waits for the queued steps, then copies all numbers out.
  ///
  /// - Parameters:
  ///   - isLast: whether the network is not used any more: tables in the host's memory are then moved rather than copied.
  ///   - hasStates: whether it has the optimizers' states, too; without them they stay as they are where it is restored.
  package func snapshot(isLast: Bool = false, hasStates: Bool = true) throws -> Snapshot<B.Scalar> {
    var snapshot = Snapshot<B.Scalar>(step: step, parameters: [:], states: [:])
    snapshot.isShared = isShared
    for parameter in graph.parameters where parameter.isSaved {
      snapshot.parameters[parameter.name] = try numbers(of: parameter, isLast: isLast)
      guard hasStates, recipe != nil, parameter.isTrained else { continue }
      snapshot.states[parameter.name] = try states(of: parameter).indices.map {
        try numbers(of: parameter, state: $0, isLast: isLast)
      }
    }
    return snapshot
  }

  /// Waits for the queued steps, then copies the values of a parameter out. All ranks take part.
  package func values(of parameter: Parameter) throws -> [B.Scalar] {
    let own = try numbers(of: parameter)
    guard let shares = stored?.table(of: parameter)?.shares else { return own }
    return try shares.join(own, rows: parameter.rows, width: parameter.columns, isForAll: true)
  }

  private func states(of parameter: Parameter) -> [Reservation] {
    parameter.isTrained ? recipe?.optimizer(of: parameter).states(of: parameter) ?? [] : []
  }

  /// Takes all numbers, or those of this rank, from a snapshot of a network of the same graph; optimizer states where both
  /// have them.
  ///
  /// - Throws: ``SnapshotError`` where a parameter is missing or has another size.
  package func restore(_ snapshot: Snapshot<B.Scalar>) throws {
    (isPrepared, pass.areTablesNew) = (false, true)
    for parameter in graph.parameters where parameter.isSaved {
      guard let values = snapshot.parameters[parameter.name] else {
        throw SnapshotError.missing(parameter.name)
      }
      func expected(_ count: Int) -> Int {
        snapshot.isShared ? held(count, of: parameter) : count
      }
      guard values.count == expected(parameter.count) else {
        throw SnapshotError.size(
          parameter.name, found: values.count, expected: expected(parameter.count))
      }
      try put(values, to: parameter, isShared: snapshot.isShared)
      let (planned, states) = (states(of: parameter), snapshot.states[parameter.name] ?? [])
      guard states.map(\.count) == planned.map({ expected($0.count) }) else { continue }
      for (index, state) in states.enumerated() {
        try put(state, to: parameter, state: index, isShared: snapshot.isShared)
      }
    }
    step = snapshot.step
  }
}

extension Network {
  /// Waits for the queued steps, then copies out what the last one updated by: for each trained
  /// parameter the gradient with L2, of the rows of the batch's distinct ids where only these are
  /// updated; not of a table whose update sums them up itself, nor where L2, or the rows without an id in the batch,
  /// come with the update or lie elsewhere.
  package func gradients() throws -> [String: [B.Scalar]] {
    var gradients: [String: [B.Scalar]] = [:]
    for parameter in graph.parameters {
      guard let gradient = pass.buffer(.gradient(of: parameter)),
        !plan.completesGradientInUpdate(of: parameter), stored?.wholeTable(of: parameter) == nil
      else { continue }
      let isTouched = pass.region(of: parameter) == .touched
      gradients[parameter.name] = try backend.read(
        gradient,
        count: isTouched
          ? pass.input.countUniqueIDs() * parameter.columns : parameter.count)
    }
    return gradients
  }

  /// Takes over the values of the parameters whose name and size are those of another network's
  /// parameters, as if they had been initialized so.
  ///
  /// - Parameter values: a snapshot's parameters, by their names.
  /// - Returns: the names of the parameters taken over, in the graph's order.
  @discardableResult
  package func adopt(_ values: [String: [B.Scalar]]) throws -> [String] {
    var adopted: [String] = []
    for parameter in graph.parameters where parameter.isSaved {
      guard let start = values[parameter.name], start.count == parameter.count else { continue }
      try initialize(parameter, to: start)
      adopted.append(parameter.name)
    }
    return adopted
  }
}

/// A snapshot that belongs to another graph.
package enum SnapshotError: Error, CustomStringConvertible {
  /// A parameter of the graph is not in the snapshot.
  case missing(String)
  /// A parameter has another number of scalars.
  case size(String, found: Int, expected: Int)

  package var description: String {
    switch self {
    case .missing(let name):
      "the model has no parameter \(name); it was made for another kind of model"
    case .size(let name, let found, let expected):
      "parameter \(name) has \(found) numbers where \(expected) were expected; the model was made "
        + "for other fields or sizes"
    }
  }
}
