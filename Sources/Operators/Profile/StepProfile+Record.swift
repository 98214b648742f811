import Data
import OpenCL

extension StepProfile {
  /// Records some training steps of a network.
  ///
  /// - Parameters:
  ///   - network: on a backend whose queue profiles.
  ///   - steps: how many steps to record.
  ///   - batch: makes the next batch; its time is not part of a step's.
  package static func record(
    _ network: Network<OpenCLBackend>, steps: Int, batch: () throws -> Batch
  ) throws -> StepProfile {
    precondition(network.backend.queue.profiling && steps > 0)
    let queue = network.backend.queue
    _ = try queue.commands()
    var (total, queueing) = (Duration.zero, Duration.zero)
    var costs: [String: Cost] = [:]
    for _ in 0..<steps {
      let next = try batch()
      let start = ContinuousClock.now
      try network.train(next)
      queueing += ContinuousClock.now - start
      try network.backend.finish()
      total += ContinuousClock.now - start
      for (section, cost) in network.stepCosts(of: next) { costs[section, default: .none] += cost }
    }
    return StepProfile(
      rows: network.rows, steps: steps, seconds: total / .seconds(1),
      queueing: queueing / .seconds(1), commands: try queue.commands(), costs: costs)
  }
}

extension Network {
  /// The sections of a step's profile, with the least work each can be done with for a batch.
  func stepCosts(of batch: Batch) -> [(section: String, cost: Cost)] {
    guard let recipe else { return [] }
    let passes = graph.operations.flatMap { operation in
      let cost = operation.cost(rows: rows)
      return [
        (Section.forward(operation), cost.forward), (Section.backward(operation), cost.backward),
      ]
    }
    let distinct = UniqueIDs(of: batch.ids).count
    let updates = graph.parameters.filter(\.isTrained).map { parameter in
      let count =
        pass.region(of: parameter) == .touched ? distinct * parameter.columns : parameter.count
      let states = recipe.optimizer(of: parameter).stateCount(
        rows: count / max(parameter.columns, 1), columns: parameter.columns)
      return (Section.update(parameter), Cost(flops: 12 * count, scalars: 3 * count + 2 * states))
    }
    let joint = plan.backward.compactMap { $0 as? LookupGradients }.map { step in
      (step.section, step.lookups.reduce(into: Cost.none) { $0 += $1.cost(rows: rows).backward })
    }
    let all = (Section.updates, updates.reduce(into: Cost.none) { $0 += $1.1 })
    return (passes + updates + joint + [all]).map { (section: $0.0, cost: $0.1) }
  }
}

/// What the commands of a step are for, by name.
enum Section {
  static let input = "input"
  static let ids = "distinct ids"
  static let taken = "rows to windows"
  static let put = "rows from windows"
  static let loss = "cross-entropy"
  static let norm = "gradient norm"
  static let updates = "updates"
  static func forward(_ operation: any Operation) -> String { "\(operation.label) forward" }
  static func backward(_ operation: any Operation) -> String { "\(operation.label) backward" }
  static func update(_ parameter: Parameter) -> String { "update of \(parameter.name)" }
}
