/// How the parameters of a network are updated: optimizer, learning rate and regularisation for
/// each group, and the bound on the gradient's norm.
public struct Recipe: Sendable, Hashable {
  /// Which rows of an embedding table a step changes.
  public enum TableUpdate: String, Sendable, Codable, CaseIterable {
    /// Only the rows of the batch's ids: cheap for any table size. L2 then acts on these rows
    /// only, and a frequent id is held down more often than a rare one.
    case touched
    /// Every row: L2 is that of the whole table, at every step, and the moments of Adam decay
    /// everywhere; this is what the published benchmarks did. One pass over the table a step.
    case whole
  }

  /// The update of one group of parameters.
  package struct Group: Sendable, Hashable {
    /// The optimizer.
    package var optimizer: any Optimizer
    /// The learning rate.
    package var rate: Float
    /// λ in (λ/2)·‖W‖², added to the mean loss of a batch, or the weight decay of an optimizer that
    /// ``Optimizer/decouplesL2``; weights and tables only, not biases.
    package var l2: Float
    /// The steps over which the learning rate rises from 0, in a straight line; 0 for none.
    package var warmUpSteps: Int

    /// - Parameters:
    ///   - optimizer: the optimizer.
    ///   - rate: the learning rate.
    ///   - l2: λ in (λ/2)·‖W‖².
    ///   - warmUpSteps: the steps over which the learning rate rises from 0.
    package init(
      _ optimizer: any Optimizer = Adam(), rate: Float = 1e-3, l2: Float = 0, warmUpSteps: Int = 0
    ) {
      self.optimizer = optimizer
      self.rate = rate
      self.l2 = l2
      self.warmUpSteps = warmUpSteps
    }

    package static func == (a: Group, b: Group) -> Bool {
      a.optimizer.isEqual(to: b.optimizer) && (a.rate, a.l2) == (b.rate, b.l2)
        && a.warmUpSteps == b.warmUpSteps
    }

    package func hash(into hasher: inout Hasher) {
      hasher.combine(AnyHashable(optimizer))
      hasher.combine(rate)
    }

    private var decouplesL2: Bool { type(of: optimizer).decouplesL2 }

    /// The λ of the L2 that is added to a parameter's gradient.
    func penalty(of parameter: Parameter) -> Float {
      parameter.kind == .bias || decouplesL2 ? 0 : l2
    }

    /// The λ that the optimizer is given.
    func decay(of parameter: Parameter) -> Float {
      parameter.kind == .bias || !decouplesL2 ? 0 : l2
    }

    /// Whether the learning rates of both are the same at every step.
    func hasRate(of other: Group) -> Bool {
      (rate, warmUpSteps) == (other.rate, other.warmUpSteps)
        && type(of: optimizer).followsSchedule == type(of: other.optimizer).followsSchedule
    }

    /// The learning rate of a step, counted from 1.
    ///
    /// - Parameter factor: the schedule's.
    func rate(step: Int, factor: Float) -> Float {
      guard type(of: optimizer).followsSchedule else { return rate }
      return rate * factor * (step < warmUpSteps ? Float(step) / Float(warmUpSteps) : 1)
    }
  }

  /// The first-order weights.
  package var wide: Group
  /// The shared embedding.
  package var embedding: Group
  /// The deep part.
  package var deep: Group
  /// Which rows of tables a step changes, and so what their L2 means.
  package var tables: TableUpdate
  /// What tables and their optimizers' state are kept in.
  package var tablePrecision: TablePrecision
  /// The bound on the norm of all gradients together; nil for none.
  package var clipNorm: Float?
  /// The bound on the gradient of each table's rows, before L2 and ``clipNorm``; nil for none.
  package var rowClip: RowClip?
  /// Whether each step passes its rows through the network twice, see ``Plan/passTwice()``.
  package var selfEnsemble: Bool

  /// - Parameters:
  ///   - wide: the first-order weights.
  ///   - embedding: the shared embedding.
  ///   - deep: the deep part.
  ///   - tables: which rows of tables a step changes.
  ///   - tablePrecision: what tables and their optimizers' state are kept in; no optimizer may have decaying rows in
  ///     bfloat16, which does not hold the number of a step.
  ///   - clipNorm: the bound on the norm of all gradients together; nil for none.
  ///   - rowClip: the bound on the gradient of each table's rows; nil for none.
  ///   - selfEnsemble: whether each step passes its rows through the network twice; the graph's logits are
  ///     to be random.
  package init(
    wide: Group = Group(), embedding: Group = Group(), deep: Group = Group(),
    tables: TableUpdate = .touched, tablePrecision: TablePrecision = .float32,
    clipNorm: Float? = nil, rowClip: RowClip? = nil, selfEnsemble: Bool = false
  ) {
    self.wide = wide
    self.embedding = embedding
    self.deep = deep
    self.tables = tables
    self.tablePrecision = tablePrecision
    self.clipNorm = clipNorm
    self.rowClip = rowClip
    self.selfEnsemble = selfEnsemble
  }

  /// The update of a group.
  package subscript(group: Parameter.Group) -> Group {
    switch group {
    case .wide: wide
    case .embedding: embedding
    case .deep: deep
    }
  }

  /// The optimizer of a parameter: its group's, or what takes its place for the parameter's kind.
  package func optimizer(of parameter: Parameter) -> any Optimizer {
    self[parameter.group].optimizer.adapted(to: parameter.kind)
  }

  /// Which rows of the parameter's gradient are kept: of a table also those of the batch's ids alone where a
  /// step would leave all others as they are.
  package func region(of parameter: Parameter) -> TableRegion {
    guard parameter.kind == .table else { return .whole }
    let leavesOthers =
      self[parameter.group].l2 == 0 && type(of: optimizer(of: parameter)).leavesRowsWithoutGradient
    return tables == .touched || leavesOthers ? .touched : .whole
  }
}
