import OpenCL
import Testing

@testable import Operators

/// The OpenCL backend against the reference, by the operator table.
@Suite struct DeviceTests {
  @Test(arguments: try MatrixProducts.Policy.some([.own, .clblast, .bfloat16x3]))
  func `every operator passes`(products: MatrixProducts.Policy) throws {
    let backend = try OpenCLBackend(Device.select(), products: products)
    // The others have a part in these only.
    let cases = OperatorTable.cases.filter {
      products == .own || ["dense", "field dense", "inner product", "composed"].contains($0.name)
    }
    for result in OperatorTable.check(on: backend, cases: cases, differences: false) {
      #expect(
        result.passed, "\(result.name) \(result.form), \(result.rows) rows: \(result.failure ?? "")"
      )
    }
  }

  /// With this device's choices, and with those of a GPU.
  @Test(
    arguments: OperatorTable.product(Recipe.kinds, [Recipe.TableUpdate.touched, .whole]),
    [false, true])
  func `training agrees with the reference`(
    update: (any Optimizer, Recipe.TableUpdate), asOnAGPU: Bool
  ) throws {
    let recipe = Recipe.all(update.0, l2: 0.01, tables: update.1, clipNorm: 0.5)
    let tuning =
      try asOnAGPU
      ? KernelLibrary.Tuning(kind: .gpu, floatVectorWidth: 1) : .init(for: Device.select())
    let backend = try OpenCLBackend(
      Device.select(), products: .own, profiling: false, tuning: tuning)
    let device = try Network.small(on: backend, recipe: recipe)
    let reference = try Network.small(recipe: recipe)
    for step in 0..<20 {
      let batch = ParityLog().batch(rows: 64 - step, number: step)
      try device.train(batch)
      try reference.train(batch)
    }
    let (found, expected) = (try device.losses().sum, try reference.losses().sum)
    #expect(abs(found - expected) < 1e-5 * expected)
  }

  @Test func `two runs are identical`() throws {
    func run() throws -> Snapshot<Float> {
      let network = try Network.small(on: OpenCLBackend(Device.select()))
      for step in 0..<20 { try network.train(ParityLog().batch(rows: 64, number: step)) }
      return try network.snapshot()
    }
    let (first, second) = (try run(), try run())
    #expect(first.parameters == second.parameters && first.states == second.states)
  }

  /// A network after some steps, with so many owners of ids.
  private func trained(
    owners: Int, _ optimizer: any Optimizer, tables: Recipe.TableUpdate = .touched,
    clipNorm: Float? = nil, interrupted: Bool = false, borrowing: Bool = true
  ) throws -> Snapshot<Float> {
    let device = try Device.select()
    var tuning = KernelLibrary.Tuning(for: device)
    tuning.owners = owners
    tuning.borrowsBatches = borrowing
    let backend = try OpenCLBackend(device, products: .own, profiling: false, tuning: tuning)
    let recipe = Recipe.all(optimizer, l2: 0.01, tables: tables, clipNorm: clipNorm)
    var network = try Network.small(on: backend, recipe: recipe)
    #expect(network.plan.findsUniqueIDs == (owners == 0))
    for step in 0..<10 {
      if interrupted, step == 5 {
        let before = try network.snapshot()
        network = try Network.small(on: backend, recipe: recipe)
        try network.train(ParityLog().batch(rows: 64, number: 99))
        try network.restore(before)
      }
      let batch = ParityLog().batch(rows: 64 - step, number: step)
      try network.train(batch)
    }
    return try network.snapshot()
  }

  @Test(.sharesHostMemory, arguments: Recipe.kinds)
  func `the number of owners of ids changes no bit`(optimizer: any Optimizer) throws {
    let one = try trained(owners: 1, optimizer)
    let many = try trained(owners: 5, optimizer)
    #expect(one.parameters == many.parameters && one.states == many.states)
  }

  @Test(.sharesHostMemory, arguments: [0, 2])
  func `batches that are sent train as those that are borrowed`(owners: Int) throws {
    let borrowed = try trained(owners: owners, Adagrad())
    let sent = try trained(owners: owners, Adagrad(), borrowing: false)
    #expect(borrowed.parameters == sent.parameters && borrowed.states == sent.states)
  }

  @Test(.sharesHostMemory, arguments: Recipe.kinds, [Recipe.TableUpdate.touched, .whole])
  func `owners and interruptions change no bit of a bounded step`(
    optimizer: any Optimizer, tables: Recipe.TableUpdate
  ) throws {
    // Bounds every step.
    func run(owners: Int, interrupted: Bool = false) throws -> Snapshot<Float> {
      try trained(
        owners: owners, optimizer, tables: tables, clipNorm: 0.01, interrupted: interrupted)
    }
    let one = try run(owners: 1)
    let many = try run(owners: 5)
    let again = try run(owners: 3, interrupted: true)
    #expect(one.parameters == many.parameters && one.states == many.states)
    #expect(one.parameters == again.parameters && one.states == again.states)
  }

  @Test(arguments: Recipe.kinds)
  func `a fused FM trains and predicts as its parts`(optimizer: any Optimizer) throws {
    let log = ParityLog()
    func network<B: Backend>(on backend: B) throws -> Network<B> {
      var graph = Graph(layout: log.layout)
      let embedding = graph.embedding("embedding", width: 4, initializer: .normal(deviation: 0.3))
      let logits = graph.sum([graph.firstOrder("wide"), graph.interaction(embedding)])
      return try Network(
        graph: graph, logits: logits, backend: backend, capacity: 64,
        recipe: .all(optimizer, l2: 0.01), seed: 1)
    }
    let (device, reference) = (
      try network(on: OpenCLBackend(Device.select())), try network(on: ReferenceBackend())
    )
    #expect(
      device.plan.forward.contains { $0 is FusedFM.Forward }
        == device.backend.device.sharesHostMemory)
    for step in 0..<20 {
      let batch = log.batch(rows: 64 - step, number: step)
      try device.train(batch)
      try reference.train(batch)
    }
    let (found, expected) = (try device.losses().sum, try reference.losses().sum)
    #expect(abs(found - expected) < 1e-5 * expected)
    let batch = log.batch(rows: 33, number: 99)
    let (clicks, right) = (try device.predict(batch), try reference.predict(batch))
    #expect(isClose(clicks.map(Double.init), right, within: 1e-4))
  }

  @Test(.sharesHostMemory) func `only row clipping asks for distinct ids`() throws {
    let backend = try OpenCLBackend(Device.select())
    func groups(_ change: (inout Recipe) -> Void) throws -> Bool {
      var recipe = Recipe.all(Adagrad())
      change(&recipe)
      return try Network.small(on: backend, recipe: recipe).plan.findsUniqueIDs
    }
    #expect(try !groups { _ in })
    #expect(try !groups { $0.clipNorm = 1 })
    #expect(try groups { $0.rowClip = RowClip() })
    #expect(try !groups { $0.tables = .whole })
    #expect(
      try !groups {
        $0.tables = .whole
        $0.clipNorm = 1
      })
  }
}
