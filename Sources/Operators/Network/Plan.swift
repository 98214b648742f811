/// What a network does with a batch, step by step. Its memory is what these steps name, so that what is printed
/// is what is allocated.
///
/// A plan starts as the graph says; a backend rewrites it into one that does the same, see ``Backend/fuse(_:)``.
public struct Plan: Sendable {
  /// The model.
  package internal(set) var graph: Graph
  /// Its output, [rows × 1].
  let logits: Value
  /// The largest batch, in rows.
  let capacity: Int
  /// How parameters are updated; nil for inference only.
  let recipe: Recipe?
  /// Whether the backward pass leaves the gradients of all tables.
  let keepsGradients: Bool

  /// What has the memory of something else, since both are the same numbers.
  var aliases: [Operand: Operand] = [:]
  /// What takes the rows of the batch's ids to windows, and the same where no backward pass follows; nothing where
  /// steps work on tables as they lie.
  var take: [any Step] = []
  var takeForInference: [any Step] = []
  /// The tables that are worked on in windows.
  let stored: StoredTables?
  /// From a batch to its logits, where no backward pass follows.
  var inference: [any Step]
  /// The same where one follows.
  var forward: [any Step]
  /// From the logits to the loss and its derivative by the logits.
  var loss: [any Step] = []
  /// From there to the derivatives by everything.
  var backward: [any Step] = []
  /// From the gradients to new parameters.
  var update: [any Step] = []
  /// From the logits to probabilities, in their place.
  let probabilities: [any Step]

  /// The plan that the graph itself is.
  init(
    graph: Graph, logits: Value, capacity: Int, recipe: Recipe?, keepsGradients: Bool = false,
    stored: StoredTables? = nil
  ) {
    (self.graph, self.logits, self.capacity) = (graph, logits, capacity)
    (self.recipe, self.keepsGradients, self.stored) = (recipe, keepsGradients, stored)
    forward = graph.operations.map { Forward(operation: $0, training: recipe != nil) }
    inference = forward
    let sigmoid = Activate(
      input: logits, epilogue: EpilogueSpec(activation: .sigmoid, dropout: 0, layer: 0),
      output: logits)
    probabilities = [Forward(operation: sigmoid, training: false)]
    if let stored { takeForInference = [TakeRows(tables: stored.tables, withStates: false)] }
    guard let recipe else { return }
    loss = [CrossEntropy(logits: logits)]
    backward = graph.operations.reversed().map { Backward(operation: $0) }
    if graph.parameters.contains(where: { $0.kind == .table }) {
      backward.insert(FindUniqueIDs(slots: graph.layout.slots), at: 0)
    }
    backward.insert(contentsOf: graph.imitations, at: 0)
    if recipe.selfEnsemble { passTwice() }
    update = recipe.steps(for: graph.parameters.filter(\.isTrained), slots: graph.layout.slots)
    if let stored { letRowsTravel(stored) }
  }

  /// All steps.
  var steps: [any Step] {
    takeForInference + inference + take + forward + loss + backward + update + probabilities
  }

  /// Whether a step asks for the batch's distinct ids.
  var findsUniqueIDs: Bool { backward.contains { $0 is FindUniqueIDs } }

  /// Whether a parameter is updated by more than what the memory of its gradient has: the update adds L2, or knows
  /// that other rows than those of the batch's ids have none. Windows are the parameter too, with rows of their own.
  func completesGradientInUpdate(of parameter: Parameter) -> Bool {
    update.lazy.compactMap { $0 as? JointUpdate }.contains { step in
      step.targets.contains {
        $0.parameter.index == parameter.index && ($0.isCompact || $0.l2 > 0)
      }
    }
  }

  /// Takes an operation away that nothing reads any more.
  mutating func remove(_ operation: some Operation) {
    graph.removeOperation(withOutput: operation.output)
    func isIt(_ step: any Step) -> Bool {
      ((step as? Forward)?.operation ?? (step as? Backward)?.operation)?.output == operation.output
    }
    inference.removeAll(where: isIt)
    forward.removeAll(where: isIt)
    backward.removeAll(where: isIt)
  }

  /// Puts other operations in the place of these, each with the same output and parameters.
  mutating func replaceOperations(_ replacement: (any Operation) -> (any Operation)?) {
    graph.replaceOperations(replacement)
    func replaced(_ step: any Step) -> any Step {
      if var step = step as? Forward {
        step.operation = replacement(step.operation) ?? step.operation
        return step
      }
      guard var step = step as? Backward else { return step }
      step.operation = replacement(step.operation) ?? step.operation
      return step
    }
    (inference, forward) = (inference.map(replaced), forward.map(replaced))
    backward = backward.map(replaced)
  }
}

extension Recipe {
  /// What follows the gradients of these parameters: bounds on rows, L2, the bound on the norm, optimizers.
  ///
  /// - Parameter slots: the ids of a sample.
  fileprivate func steps(for trained: [Parameter], slots: Int) -> [any Step] {
    let targets = trained.map {
      UpdateRegion(parameter: $0, region: region(of: $0), slots: slots)
    }
    var steps: [any Step] = []
    if let rowClip {
      steps += targets.filter { $0.parameter.kind == .table }.map {
        ClipRows(target: $0, clip: rowClip)
      }
    }
    steps += targets.map {
      Penalize(target: $0, lambda: self[$0.parameter.group].penalty(of: $0.parameter))
    }.filter { $0.lambda > 0 }
    if let clipNorm { steps.append(ClipNorm(gradients: targets, limit: clipNorm)) }
    return steps
      + targets.map {
        OptimizerUpdate(
          target: $0, optimizer: optimizer(of: $0.parameter), group: self[$0.parameter.group])
      }
  }
}
