/// Rewrites for devices to which a launch costs as much as a small step: several steps become one.
extension Plan {
  mutating func joinSteps() {
    foldSums()
    let compact = joinUpdates()
    joinLookupGradients(compact)
  }

  // MARK: Sums

  /// Adds up all terms of sums of sums at once, and lets what a sum adds up have the sum's own derivative, where
  /// nobody writes there: it is the same.
  private mutating func foldSums() {
    guard !(recipe?.selfEnsemble ?? false) else { return }
    let watched = Set(graph.imitations.flatMap { [$0.student, $0.teacher] } + [logits])
    while let (inner, outer) = nestedSum(watched) {
      let terms = outer.inputs.flatMap { $0 == inner.output ? inner.inputs : [$0] }
      remove(inner)
      replaceOperations {
        $0.output == outer.output ? Sum(inputs: terms, output: outer.output) : nil
      }
    }
    for case let sum as Sum in graph.operations {
      let shared = sum.inputs.filter { term in
        let readers = graph.operations.flatMap(\.inputs).filter { $0 == term }.count
        return readers == 1 && !watched.contains(term)
          && graph.operations.contains { $0.output == term && $0.keepsOutputGradient }
      }
      for term in shared { aliases[.gradient(of: term)] = .gradient(of: sum.output) }
      let others = sum.inputs.filter { !shared.contains($0) }
      backward = backward.compactMap { step in
        guard let step = step as? Backward, step.operation.output == sum.output else { return step }
        return others.isEmpty ? nil : Backward(operation: Sum(inputs: others, output: sum.output))
      }
    }
  }

  /// A sum that only another one reads, once.
  private func nestedSum(_ watched: Set<Value>) -> (inner: Sum, outer: Sum)? {
    for case let inner as Sum in graph.operations where !watched.contains(inner.output) {
      let readers = graph.operations.filter { $0.inputs.contains(inner.output) }
      if readers.count == 1, let outer = readers[0] as? Sum,
        outer.inputs.filter({ $0 == inner.output }).count == 1
      {
        return (inner, outer)
      }
    }
    return nil
  }

  // MARK: Updates

  /// Updates all parameters together whose optimizers have no number for each row, and the norm with them.
  ///
  /// - Returns: the tables of which all rows are updated, but whose gradient is that of the batch's ids alone.
  private mutating func joinUpdates() -> Set<Parameter> {
    let lookups = Set(graph.operations.compactMap { ($0 as? any TableLookup)?.table })
    func penalty(_ parameter: Parameter) -> Float {
      update.lazy.compactMap { $0 as? Penalize }.first { $0.target.parameter == parameter }?.lambda
        ?? 0
    }
    let updates = update.compactMap { $0 as? OptimizerUpdate }
    let targets = updates.compactMap { step -> JointTarget? in
      let parameter = step.target.parameter
      let optimizer = parameter.columns == 1 ? step.optimizer.ofSingleNumbers : step.optimizer
      guard type(of: optimizer).rowSource == nil, parameter.count < Int(UInt32.max) else {
        return nil
      }
      let isCompact =
        step.target.region == .whole && !keepsGradients && lookups.contains(parameter)
        && DeviceUniqueIDs.ranksFeatures(parameter.rows)
      return JointTarget(
        target: step.target, isCompact: isCompact, optimizer: optimizer, group: step.group,
        l2: penalty(parameter))
    }
    guard !targets.isEmpty else { return [] }
    let joined = Set(targets.map(\.parameter))
    let others = updates.filter { !joined.contains($0.target.parameter) }.map {
      JointTarget(
        target: $0.target, isCompact: false, optimizer: $0.optimizer, group: $0.group, l2: 0)
    }
    let compact = Set(targets.filter(\.isCompact).map(\.parameter))
    let place = update.firstIndex { $0 is OptimizerUpdate } ?? update.endIndex
    update.insert(JointUpdate(targets: targets), at: place)
    update = update.compactMap { step in
      switch step {
      case let step as Penalize: joined.contains(step.target.parameter) ? nil : step
      case let step as OptimizerUpdate: joined.contains(step.target.parameter) ? nil : step
      case let step as ClipNorm:
        JointNorm(targets: targets, others: others, rests: step.rests, limit: step.limit)
      case let step as ClipRows where compact.contains(step.target.parameter):
        ClipRows(
          target: UpdateRegion(
            parameter: step.target.parameter, region: .touched, slots: step.target.slots),
          clip: step.clip)
      default: step
      }
    }
    return compact
  }

  // MARK: Lookups

  /// Sums up the gradients of two tables at a time, at the end of the backward pass.
  private mutating func joinLookupGradients(_ compact: Set<Parameter>) {
    let lookups = backward.compactMap { ($0 as? Backward)?.operation as? any TableLookup }
    backward.removeAll { ($0 as? Backward)?.operation is any TableLookup }
    for first in stride(from: 0, to: lookups.count, by: 2) {
      let pair = Array(lookups[first..<min(first + 2, lookups.count)])
      // That of fields first.
      backward.append(
        LookupGradients(lookups: pair.sorted { $0.shape.width > $1.shape.width }, compact: compact))
    }
  }
}
