/// What a network is for: all that is done with a batch, or a part of it where batches are cut into pieces.
enum NetworkRole<B: Backend> {
  /// All.
  case whole
  /// Predictions, and what follows the gradients.
  case updates
  /// The gradients of a piece of each batch, by the parameters of another network.
  case piece(of: Network<B>)

  /// The memory of the other network's parameters; none where the network has its own.
  func parameters(of graph: Graph) -> [Operand: B.Buffer] {
    guard case .piece(let owner) = self else { return [:] }
    // What a forward pass leaves for its backward pass is each piece's own.
    return graph.parameters.filter { $0.kind != .workspace }.reduce(into: [:]) {
      $0[.parameter($1)] = owner.pass[$1]
    }
  }
}

extension Plan {
  /// Leaves out the steps that a role has no use for.
  mutating func keep<B>(_ role: NetworkRole<B>) {
    switch role {
    case .whole: break
    case .updates: (forward, loss, backward) = ([], [], [])
    case .piece:
      inference = []
      let slots = graph.layout.slots
      update = graph.parameters.filter(\.isTrained).map { parameter in
        KeptGradient(
          region: UpdateRegion(
            parameter: parameter, region: parameter.kind == .table ? .touched : .whole,
            slots: slots))
      }
    }
  }
}

/// Memory for a gradient that is read by the host.
private struct KeptGradient: Step {
  let region: UpdateRegion

  var section: String { region.section }
  func memory(capacity: Int) -> [Reservation] { [region.gradient(capacity: capacity)] }
  func scratch(capacity: Int, on backend: OpenCLBackend) -> Int { 0 }
  func run(_ pass: ReferencePass) {}
  func run(_ pass: DevicePass) {}
}
