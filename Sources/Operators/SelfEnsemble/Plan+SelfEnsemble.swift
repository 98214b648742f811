extension Graph {
  /// The activations that differ between two passes over the same rows in training.
  var randomValues: Set<Value> {
    operations.reduce(into: []) { random, operation in
      guard operation.isRandom || !random.isDisjoint(with: operation.inputs) else { return }
      random.insert(operation.output)
    }
  }

  /// Whether an activation differs between two passes over the same rows in training.
  package func isRandom(_ value: Value) -> Bool { randomValues.contains(value) }
}

extension Plan {
  /// The passes of a step: the loss of ``MeanOfPasses`` is that of two.
  static let passes = 2

  /// Whether each row of an activation has a copy for each pass of a training step.
  var hasCopies: (Value) -> Bool {
    guard let recipe, recipe.selfEnsemble else { return { _ in false } }
    let random = graph.randomValues
    return { random.contains($0) }
  }

  /// The self-ensemble loss (Li et al. 2025) for any graph with dropout: the rows of a batch pass through the
  /// network twice, each time with dropout of its own, and with `p̄ = (p₁ + p₂)/2` the loss is
  /// `CE(p̄, t) + CE(p₁, sg(p̄)) + CE(p₂, sg(p̄))`, the mean taken as given in the last two. What is reported
  /// is the first, which can be compared with any other loss.
  ///
  /// Up to the first dropout both passes are the same: they share embedding and first product. From there on
  /// the operations work on twice the rows, whose dropout differs as that of any two rows. Batch norm behind
  /// it takes the mean over both.
  ///
  /// - Precondition: the logits are random.
  mutating func passTwice() {
    let (random, trained) = (graph.randomValues, logits)
    precondition(random.contains(logits), "two passes without dropout are the same")
    let readers = graph.operations.filter { random.contains($0.output) }
    let repeated = Set(readers.flatMap(\.inputs)).subtracting(random)
    func copies(of operation: any Operation) -> RowCopies {
      random.contains(operation.output)
        ? RowCopies(count: Self.passes, repeated: repeated) : .none
    }
    let made = Set(graph.operations.map(\.output))
    forward = repeated.filter { !made.contains($0) }.sorted { $0.index < $1.index }
      .map { RepeatRows(value: $0, copies: Self.passes) }
    for operation in graph.operations {
      forward.append(Forward(operation: operation, training: true, copies: copies(of: operation)))
      if repeated.contains(operation.output) {
        forward.append(RepeatRows(value: operation.output, copies: Self.passes))
      }
    }
    backward = backward.flatMap { step -> [any Step] in
      if var imitation = step as? Imitation {
        if random.contains(imitation.student) { imitation.studentCopies = Self.passes }
        if random.contains(imitation.teacher) { imitation.teacherCopies = Self.passes }
        return [imitation]
      }
      guard let step = step as? Backward else { return [step] }
      let fold = RepeatRows.Fold(value: step.operation.output, copies: Self.passes)
      return (repeated.contains(step.operation.output) ? [fold] : [])
        + [Backward(operation: step.operation, copies: copies(of: step.operation))]
    }
    let mean = MeanOfPasses(passes: trained, mean: graph.makeValue(width: 1))
    loss = [mean, CrossEntropy(logits: mean.mean)]
    var towardsMean = Imitation(student: trained, teacher: mean.mean)
    (towardsMean.studentCopies, towardsMean.weight) = (Self.passes, Float(Self.passes))
    backward.insert(contentsOf: [mean.gradient, towardsMean] as [any Step], at: 0)
  }
}
