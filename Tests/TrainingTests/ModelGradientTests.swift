import DeepFMKit
import Random
import Testing

/// Each model's gradients on the reference against central differences of its loss.
@Suite struct ModelGradientTests {
  /// The loss of a batch and its gradient, after which the network is as before.
  private func change(_ network: Network<ReferenceBackend>, _ batch: Batch) throws
    -> (loss: Double, gradient: [String: [Double]])
  {
    let before = try network.snapshot()
    try network.train(batch)
    let gradient = try network.gradients()
    let loss = try network.losses().last
    try network.restore(before)
    return (loss, gradient)
  }

  @Test(arguments: ModelRegistry.builtIn.map { $0.name }, ProductForm.allCases)
  func `the gradient is that of the loss`(name: String, form: ProductForm) throws {
    guard form == .factorised || name.contains("p") else { return }
    var sizes = ModelConfiguration()
    (sizes.embeddingSize, sizes.hidden, sizes.secondHidden) = (3, [5, 4], [8])
    // Smooth and without chance, and away from the flat place where all vectors are near 0.
    (sizes.activation, sizes.dropout, sizes.batchNorm) = (.tanh, 0, true)
    (sizes.embeddingDeviation, sizes.productForm) = (0.5, form)
    let layout = BatchLayout(
      features: 30, fields: 4, slotFields: [0, 1, 2, 2, 3], weighted: true)
    let batch = randomBatch(layout, rows: 13)
    var (graph, logits) = try ModelRegistry.model(named: name, sizes).build(layout: layout)
    // What is held against a mean that is taken as given is no gradient of the loss.
    graph.imitations = []
    // Adam's step on a whole table needs the gradients of all rows.
    let group = Recipe.Group(Adam())
    let network = try Network(
      graph: graph, logits: logits, backend: ReferenceBackend(), capacity: 13,
      recipe: Recipe(wide: group, embedding: group, deep: group, tables: .whole), seed: 5)
    var start = try network.snapshot()
    // Nothing is 0: neither a factor of something else nor a weight that waits for one.
    for parameter in graph.parameters where parameter.isTrained {
      var random = RandomStream(seed: 7, purpose: parameter.name)
      start.parameters[parameter.name] = start.parameters[parameter.name]?.map {
        $0 + 0.1 + 0.2 * random.uniform()
      }
    }
    try network.restore(start)
    let (_, gradient) = try change(network, batch)
    for (parameter, slopes) in gradient {
      var random = RandomStream(seed: 6, purpose: parameter)
      let direction = slopes.map { _ in random.nextWord() & 1 == 0 ? 1.0 : -1.0 }
      let slope = zip(slopes, direction).reduce(0) { $0 + $1.0 * $1.1 }
      func loss(_ step: Double) throws -> Double {
        var moved = start
        moved.parameters[parameter] = zip(start.parameters[parameter] ?? [], direction).map {
          $0 + step * $1
        }
        try network.restore(moved)
        return try change(network, batch).loss
      }
      let difference = (try loss(1e-5) - loss(-1e-5)) / 2e-5
      let scale = slopes.reduce(0.01) { $0 + abs($1) }
      #expect(abs(difference - slope) < 1e-6 * scale, "\(name) \(form): \(parameter)")
    }
    #expect(gradient.values.allSatisfy { $0.contains { $0 != 0 } }, "\(name): no gradient at all")
  }
}

/// A batch of random ids, values and labels; some slots are empty.
private func randomBatch(_ layout: BatchLayout, rows: Int) -> Batch {
  var random = RandomStream(seed: 4, purpose: "batch")
  let places = 0..<rows * layout.slots
  return Batch(
    layout: layout,
    ids: places.map { _ in
      let id = Int32(random.nextWord() % UInt32(layout.features))
      return random.nextWord() % 8 == 0 ? Batch.absent : id
    }, values: places.map { _ in Float(random.uniform() + 0.1) },
    labels: (0..<rows).map { _ in Float(random.nextWord() & 1) })
}
